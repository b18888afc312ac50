import { WireError } from '@connect/base';

/** More than a sender's window of entries, so that what crosses is not missed while memory stays flat. */
const MOST = 50_000;

/** Why files failed here before the sender had told their end; the oldest are forgotten. */
export class EarlyFailures {
    private readonly byIndex = new Map<number, WireError>();

    add(index: number, error: WireError): void {
        this.byIndex.set(index, error);
        if (this.byIndex.size > MOST) {
            this.byIndex.delete(this.byIndex.keys().next().value!);
        }
    }

    /** Forgets it, too. */
    take(index: number): WireError | undefined {
        const error = this.byIndex.get(index);
        this.byIndex.delete(index);
        return error;
    }
}
