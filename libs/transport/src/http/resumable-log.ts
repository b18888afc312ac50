import { ConnectError } from '@connect/base';
import { ByteReader, ByteWriter, malformed } from '../proto/wire-bytes';
import { OutgoingLog } from '../node/outgoing-log';

/** First byte of a message. */
const HAVE = 0;
const BYTES = 1;
/** Bytes of the log per message. */
const PIECE_BYTES = 64 * 1024;
/** Longest message either end sends, with room for its head. */
export const MAX_LOG_MESSAGE_BYTES = PIECE_BYTES + 16;
/** Unacknowledged bytes beyond which those who may wait are made to. */
const ROOM_BYTES = 1024 * 1024;
/** What has arrived is told each time so much of it has come. */
const TELL_EVERY_BYTES = 64 * 1024;

/**
 * Two logs of bytes, one each way, over a row of connections that may break: what one connection lost the next one
 * carries again, so that the reader sees every byte once and in order. docs/formats/https-fallback.md §3.
 */
export class ResumableLog {
    private readonly outgoing = new OutgoingLog(ROOM_BYTES);
    private acknowledged = 0;
    /** Next byte to put on the connection there is. */
    private nextToSend = 0;
    private received = 0;
    private told = 0;
    private send: ((message: Uint8Array) => void) | undefined;
    /** On this connection the peer has said where it stands. */
    private isResumed = false;

    /** @param onBytes what arrives, in order, each byte once; a view for the time of the call */
    constructor(private readonly onBytes: (bytes: Uint8Array) => void) {}

    /** A new connection takes over. Nothing goes out on it before the peer has said what it has. */
    attach(send: (message: Uint8Array) => void): void {
        this.send = send;
        this.isResumed = false;
        this.tellReceived();
    }

    detach(): void {
        this.send = undefined;
        this.isResumed = false;
    }

    get isAttached(): boolean {
        return this.send !== undefined;
    }

    /** Whether the peer has all that was appended. */
    get isIdle(): boolean {
        return this.acknowledged === this.outgoing.endOffset;
    }

    /** Goes out with the next {@link flush}. */
    append(bytes: Uint8Array): void {
        this.outgoing.append(bytes);
    }

    /** Resolves when little is unacknowledged. */
    room(): Promise<void> {
        return this.outgoing.room();
    }

    /** One message of the connection. @throws ConnectError `transfer.protocol` */
    onMessage(message: Uint8Array): void {
        const reader = new ByteReader(message);
        const kind = reader.u8();
        if (kind === HAVE) {
            this.onHave(reader.varint('position'));
        } else if (kind === BYTES) {
            this.onPiece(reader.varint('position'), message.subarray(message.length - reader.remaining));
        } else {
            throw malformed(`message ${kind}`);
        }
    }

    abandon(error: ConnectError): void {
        this.detach();
        this.outgoing.abandon(error);
    }

    private onHave(position: number): void {
        if (position < this.acknowledged || position > this.outgoing.endOffset) {
            throw malformed('the peer has what was never sent');
        }
        if (!this.isResumed) {
            this.isResumed = true;
            this.nextToSend = position;
        }
        this.outgoing.acknowledge(this.acknowledged, position - this.acknowledged);
        this.acknowledged = position;
        this.flush();
    }

    private onPiece(position: number, bytes: Uint8Array): void {
        if (position !== this.received) {
            throw malformed('a gap in the log');
        }
        this.received += bytes.length;
        this.onBytes(bytes);
        if (this.received - this.told >= TELL_EVERY_BYTES) {
            this.tellReceived();
        }
    }

    /** Says what has arrived. To be called now and then: the peer keeps what it has not heard of. */
    tellReceived(): void {
        if (this.send && (this.told !== this.received || !this.isResumed)) {
            this.told = this.received;
            this.send(new ByteWriter().u8(HAVE).varint(this.received).finish());
        }
    }

    /** Puts on the connection what is not there yet. */
    flush(): void {
        while (this.isResumed && this.send && this.nextToSend < this.outgoing.endOffset) {
            const length = Math.min(PIECE_BYTES, this.outgoing.endOffset - this.nextToSend);
            const piece = new Uint8Array(length);
            this.outgoing.copy(this.nextToSend, piece);
            const message = new ByteWriter().u8(BYTES).varint(this.nextToSend).bytes(piece).finish();
            this.nextToSend += length;
            this.send(message);
        }
    }
}
