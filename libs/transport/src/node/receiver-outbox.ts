import { RangeSet } from '@connect/base';
import { LostFact } from '../proto/kept-facts';
import { MetaRecord } from '../proto/meta-records';
import { StreamPort } from './stream-port';

/**
 * Collects what the receiver has to say during one turn of the event loop and says it in few records: decisions and
 * results of neighbours become one range. Records given to {@link add} keep their order among themselves.
 */
export class ReceiverOutbox {
    private readonly toSend = new RangeSet();
    private readonly arrived = new RangeSet();
    private others: MetaRecord[] = [];
    private last: MetaRecord | undefined;
    private draining: Promise<void> | undefined;
    private isFailed = false;

    /** @param onFailed the port takes no more */
    constructor(
        private readonly port: StreamPort,
        private readonly onFailed: (error: unknown) => void
    ) {}

    /** Decision: all of this file is wanted. */
    want(index: number): void {
        this.toSend.include(index, index + 1);
        this.schedule();
    }

    /** Result: these entries are at their places. */
    ok(index: number, end = index + 1): void {
        this.arrived.include(index, end);
        this.schedule();
    }

    /** Before the result of this entry: what could not be kept of its source. */
    lost(index: number, facts: readonly LostFact[]): void {
        if (facts.length > 0) {
            this.add({ type: 'not-kept', index, facts });
        }
    }

    add(record: MetaRecord): void {
        this.others.push(record);
        this.schedule();
    }

    /** Goes out after everything that was said before. */
    end(record: MetaRecord): void {
        this.last = record;
        this.schedule();
    }

    /** Resolves when everything has been given to the port. */
    async drain(): Promise<void> {
        while (this.draining) {
            await this.draining;
        }
    }

    private get isEmpty(): boolean {
        return this.others.length === 0 && !this.last && this.toSend.isEmpty && this.arrived.isEmpty;
    }

    private schedule(): void {
        if (this.draining || this.isFailed) {
            return;
        }
        this.draining = this.run().finally(() => {
            this.draining = undefined;
            // Something may have been said between the last look and this moment.
            if (!this.isEmpty) {
                this.schedule();
            }
        });
    }

    private async run(): Promise<void> {
        await new Promise<void>(resolve => setImmediate(resolve));
        try {
            for (let batch = this.take(); batch.length > 0; batch = this.take()) {
                for (const record of batch) {
                    await this.port.sendRecord(record);
                }
            }
        } catch (error) {
            this.isFailed = true;
            this.onFailed(error);
        }
    }

    private take(): MetaRecord[] {
        const batch = this.others;
        this.others = [];
        for (const { start, end } of this.toSend.ranges()) {
            batch.push({ type: 'decision-send', from: start, to: end });
        }
        for (const { start, end } of this.arrived.ranges()) {
            batch.push({ type: 'result-ok', from: start, to: end });
        }
        if (this.last) {
            batch.push(this.last);
            this.last = undefined;
        }
        this.toSend.clear();
        this.arrived.clear();
        return batch;
    }
}
