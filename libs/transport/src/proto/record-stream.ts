import { decodeRecord, MetaRecord, RECORD_PREFIX_BYTES } from './meta-records';
import { malformed } from './wire-bytes';

/** A peer keeps about 1 MB of records unacknowledged; what is far beyond that is an attack or a defect. */
const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/**
 * Turns the bytes of a meta stream, which arrive in any order, into its records, in order. Bytes that came before are
 * ignored; what cannot be used yet is copied.
 */
export class RecordReader {
    /** Everything before this offset has been taken into `tail`. */
    private position = 0;
    /** Received, in order, not yet a whole record. */
    private tail = new Uint8Array(0);
    /** Pieces beyond `position` by their offset; may overlap each other. */
    private readonly ahead = new Map<number, Uint8Array>();
    private aheadBytes = 0;

    constructor(private readonly onRecord: (record: MetaRecord) => void) {}

    /** @throws ConnectError `transfer.protocol` for a malformed record or too much that cannot be used yet. */
    onBytes(offset: number, bytes: Uint8Array): void {
        if (offset > this.position) {
            this.keep(offset, bytes);
            return;
        }
        this.take(offset, bytes);
        while (this.ahead.size > 0 && this.takeAhead());
    }

    private keep(offset: number, bytes: Uint8Array): void {
        const known = this.ahead.get(offset);
        if (known && known.length >= bytes.length) {
            return;
        }
        this.aheadBytes += bytes.length - (known?.length ?? 0);
        if (this.aheadBytes > MAX_BUFFERED_BYTES) {
            throw malformed('the record stream has too large a gap');
        }
        // Not slice(): that of a Buffer does not copy.
        this.ahead.set(offset, new Uint8Array(bytes));
    }

    private takeAhead(): boolean {
        const exact = this.ahead.get(this.position);
        if (exact) {
            this.forget(this.position, exact);
            this.take(this.position, exact);
            return true;
        }
        // Only overlapping pieces are not found by their exact offset; they are rare.
        for (const [offset, piece] of this.ahead) {
            if (offset < this.position) {
                this.forget(offset, piece);
                if (offset + piece.length > this.position) {
                    this.take(offset, piece);
                    return true;
                }
            }
        }
        return false;
    }

    private forget(offset: number, piece: Uint8Array): void {
        this.ahead.delete(offset);
        this.aheadBytes -= piece.length;
    }

    /** `offset` is at most `position`. */
    private take(offset: number, bytes: Uint8Array): void {
        const fresh = bytes.subarray(Math.min(bytes.length, this.position - offset));
        this.position += fresh.length;
        let all = fresh;
        if (this.tail.length > 0) {
            all = new Uint8Array(this.tail.length + fresh.length);
            all.set(this.tail);
            all.set(fresh, this.tail.length);
        }
        let at = 0;
        while (at + RECORD_PREFIX_BYTES <= all.length) {
            const end = at + RECORD_PREFIX_BYTES + all[at]! * 256 + all[at + 1]!;
            if (end > all.length) {
                break;
            }
            this.onRecord(decodeRecord(all, at + RECORD_PREFIX_BYTES, end));
            at = end;
        }
        this.tail = new Uint8Array(all.subarray(at));
    }
}
