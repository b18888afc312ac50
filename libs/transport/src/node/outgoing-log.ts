import { ConnectError } from '@connect/base';

const SLAB_BYTES = 64 * 1024;

interface Waiter {
    readonly resolve: () => void;
    readonly reject: (error: ConnectError) => void;
}

/**
 * The outgoing meta stream: an append-only log, kept in slabs of one size until acknowledged, so that a million small
 * records cost neither an object each nor a search.
 */
export class OutgoingLog {
    private readonly slabs: Buffer[] = [];
    private readonly acknowledgedInSlab: number[] = [];
    /** Number of the slab that is first in the arrays. */
    private firstSlab = 0;
    private end = 0;
    private acknowledged = 0;
    private readonly waiters: Waiter[] = [];

    /** `roomBytes`: how much may be unacknowledged before {@link room} makes callers wait. */
    constructor(private readonly roomBytes: number) {}

    /** Offset after the last byte appended. */
    get endOffset(): number {
        return this.end;
    }

    get unacknowledgedBytes(): number {
        return this.end - this.acknowledged;
    }

    append(bytes: Uint8Array): void {
        for (let done = 0; done < bytes.length;) {
            const at = this.end % SLAB_BYTES;
            if (at === 0) {
                this.slabs.push(Buffer.allocUnsafe(SLAB_BYTES));
                this.acknowledgedInSlab.push(0);
            }
            const part = bytes.subarray(done, done + SLAB_BYTES - at);
            this.slabs[this.slabs.length - 1]!.set(part, at);
            this.end += part.length;
            done += part.length;
        }
    }

    /** Resolves when less than `roomBytes` are unacknowledged, in the order of the calls. */
    room(): Promise<void> {
        if (this.unacknowledgedBytes < this.roomBytes && this.waiters.length === 0) {
            return Promise.resolve();
        }
        return new Promise((resolve, reject) => this.waiters.push({ resolve, reject }));
    }

    /** Copies [offset, offset + target.length) into `target`. @throws ConnectError `internal` when they are not held. */
    copy(offset: number, target: Uint8Array): void {
        for (let done = 0; done < target.length;) {
            const position = offset + done;
            const slab = this.slabs[Math.floor(position / SLAB_BYTES) - this.firstSlab];
            if (!slab || offset + target.length > this.end) {
                throw new ConnectError('internal', `Byte ${position} of the record stream is not held`);
            }
            const at = position % SLAB_BYTES;
            const part = slab.subarray(at, at + target.length - done);
            target.set(part, done);
            done += part.length;
        }
    }

    /** The peer has [offset, offset + length); each byte is told once. */
    acknowledge(offset: number, length: number): void {
        for (let position = offset; position < offset + length;) {
            const slab = Math.floor(position / SLAB_BYTES);
            const to = Math.min(offset + length, (slab + 1) * SLAB_BYTES);
            const index = slab - this.firstSlab;
            if (index >= 0 && index < this.slabs.length) {
                this.acknowledgedInSlab[index]! += to - position;
            }
            position = to;
        }
        this.acknowledged += length;
        while (this.acknowledgedInSlab[0] === SLAB_BYTES) {
            this.slabs.shift();
            this.acknowledgedInSlab.shift();
            this.firstSlab += 1;
        }
        while (this.waiters.length > 0 && this.unacknowledgedBytes < this.roomBytes) {
            this.waiters.shift()!.resolve();
        }
    }

    /** Gives everyone who waits for room `error`. */
    abandon(error: ConnectError): void {
        for (const waiter of this.waiters.splice(0)) {
            waiter.reject(error);
        }
    }
}
