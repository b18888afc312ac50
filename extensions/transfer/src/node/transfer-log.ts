import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Clock } from '@connect/base';

const MAX_BYTES = 10_000_000;
const KEPT = 3;

/**
 * The log of transfers, `transfer.log` with a few older ones beside it. Lines are written as they come and never hold
 * secrets: who logs sees to that. A log that cannot be written, e.g. on a full disk, stops nothing: it is reported once.
 */
export class TransferLog {
    private sizeBytes: number | undefined;
    private isBroken = false;

    /** @param folder exists */
    constructor(
        private readonly folder: string,
        private readonly clock: Clock,
        private readonly onBroken: (error: Error) => void
    ) {}

    write(line: string): void {
        // one line per event, whatever names are in it
        const text = `${new Date(this.clock.wallNow()).toISOString()} ${line.replace(/[\r\n]/g, ' ')}\n`;
        try {
            this.append(text);
            this.isBroken = false;
        } catch (error) {
            this.sizeBytes = undefined;
            if (!this.isBroken) {
                this.isBroken = true;
                this.onBroken(error as Error);
            }
        }
    }

    private append(text: string): void {
        this.sizeBytes ??= fs.statSync(this.file(0), { throwIfNoEntry: false })?.size ?? 0;
        if (this.sizeBytes + text.length > MAX_BYTES) {
            this.rotate();
        }
        fs.appendFileSync(this.file(0), text, { mode: 0o600 });
        this.sizeBytes += Buffer.byteLength(text);
    }

    private rotate(): void {
        for (let age = KEPT - 1; age >= 0; age--) {
            if (fs.existsSync(this.file(age))) {
                fs.renameSync(this.file(age), this.file(age + 1));
            }
        }
        this.sizeBytes = 0;
    }

    private file(age: number): string {
        return path.join(this.folder, age === 0 ? 'transfer.log' : `transfer.${age}.log`);
    }
}
