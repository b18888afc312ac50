import { MAX_DATA_OFFSET } from './meta-records';
import { ByteReader, ByteWriter, malformed } from './wire-bytes';

/** Bytes before each frame: its length, type included. */
const PREFIX_BYTES = 4;
/** Type of a frame, its one byte. */
const RECORD = 0;
const RECEIVED = 1;
const WINDOW = 2;
const OFFERED = 3;
const ENDED = 4;
/** A summary with a thousand failed files of long names is the largest thing that is ever said. */
export const MAX_SESSION_FRAME_BYTES = 8 * 1024 * 1024;
const MAX_RANGES = 4096;

/** Half-open range of the data stream. */
export interface DataRange {
    readonly start: number;
    readonly end: number;
}

/** What the two ends of a session over HTTPS say to each other beside the data: docs/formats/https-fallback.md §4. */
export type SessionFrame =
    /** A record of docs/formats/transfer-records.md with its own length in front. */
    | { readonly type: 'record'; readonly bytes: Uint8Array }
    /** Data that the sender of the frame has received since it said so last. */
    | { readonly type: 'received'; readonly ranges: readonly DataRange[] }
    /** Bytes of the data stream that the peer may have outstanding. */
    | { readonly type: 'window'; readonly bytes: number }
    /** Data that the client may fetch from now on. */
    | { readonly type: 'offered'; readonly ranges: readonly DataRange[] }
    /** The server's last word: JSON of an EndedMessage. */
    | { readonly type: 'ended'; readonly json: string };

/** One frame with its length in front. */
export function encodeSessionFrame(frame: SessionFrame): Uint8Array {
    const body = new ByteWriter();
    switch (frame.type) {
        case 'record':
            body.u8(RECORD).bytes(frame.bytes);
            break;
        case 'received':
        case 'offered':
            body.u8(frame.type === 'received' ? RECEIVED : OFFERED).varint(frame.ranges.length);
            frame.ranges.forEach(({ start, end }) => body.varint(start).varint(end));
            break;
        case 'window':
            body.u8(WINDOW).varint(frame.bytes);
            break;
        case 'ended':
            body.u8(ENDED).bytes(new TextEncoder().encode(frame.json));
            break;
    }
    const bytes = body.finish();
    return new ByteWriter().u32(bytes.length).bytes(bytes).finish();
}

function decodeSessionFrame(bytes: Uint8Array): SessionFrame {
    const reader = new ByteReader(bytes);
    const type = reader.u8();
    switch (type) {
        case RECORD:
            return { type: 'record', bytes: bytes.subarray(1) };
        case RECEIVED:
        case OFFERED: {
            const ranges = readRanges(reader);
            return { type: type === RECEIVED ? 'received' : 'offered', ranges };
        }
        case WINDOW: {
            const window = reader.varint('window');
            requireEnd(reader);
            return { type: 'window', bytes: window };
        }
        case ENDED:
            return { type: 'ended', json: new TextDecoder().decode(bytes.subarray(1)) };
        default:
            throw malformed(`frame type ${type}`);
    }
}

function readRanges(reader: ByteReader): DataRange[] {
    const count = reader.varint('number of ranges', MAX_RANGES);
    const ranges = Array.from({ length: count }, () => {
        const start = reader.varint('start', MAX_DATA_OFFSET);
        const end = reader.varint('end', MAX_DATA_OFFSET);
        if (start >= end) {
            throw malformed('an empty range');
        }
        return { start, end };
    });
    requireEnd(reader);
    return ranges;
}

function requireEnd(reader: ByteReader): void {
    if (reader.remaining > 0) {
        throw malformed('a frame that is too long');
    }
}

/** Takes the bytes of a log in order, in pieces of any size, and gives whole frames. */
export class SessionFrameReader {
    private pieces: Uint8Array[] = [];
    private held = 0;
    /** Bytes needed before anything can be done. */
    private needed = PREFIX_BYTES;

    constructor(private readonly onFrame: (frame: SessionFrame) => void) {}

    /** @throws ConnectError `transfer.protocol` for what is no frame; the reader is of no use afterwards. */
    push(bytes: Uint8Array): void {
        // Not slice(): that of a Buffer does not copy, and the caller's buffer is used again
        this.pieces.push(new Uint8Array(bytes));
        this.held += bytes.length;
        if (this.held >= this.needed) {
            this.takeFrames();
        }
    }

    private takeFrames(): void {
        const all = this.pieces.length === 1 ? this.pieces[0]! : concat(this.pieces, this.held);
        const view = new DataView(all.buffer, all.byteOffset, all.byteLength);
        let at = 0;
        this.needed = PREFIX_BYTES;
        while (all.length - at >= PREFIX_BYTES) {
            const length = view.getUint32(at);
            if (length === 0 || length > MAX_SESSION_FRAME_BYTES) {
                throw malformed(`a frame of ${length} bytes`);
            }
            this.needed = PREFIX_BYTES + length;
            if (all.length - at < this.needed) {
                break;
            }
            this.onFrame(decodeSessionFrame(all.subarray(at + PREFIX_BYTES, at + this.needed)));
            at += this.needed;
            this.needed = PREFIX_BYTES;
        }
        const rest = all.subarray(at);
        this.pieces = rest.length > 0 ? [rest] : [];
        this.held = rest.length;
    }
}

function concat(pieces: readonly Uint8Array[], length: number): Uint8Array {
    const all = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
        all.set(piece, at);
        at += piece.length;
    }
    return all;
}
