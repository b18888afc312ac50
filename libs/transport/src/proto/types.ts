import { BlockRun } from './block-run';
import { RateSettings } from './rate-controller';

/** Stream 0 carries records about files, in order; stream 1 carries the bytes of the files, in any order. */
export const META_STREAM = 0;
export const DATA_STREAM = 1;
export type StreamId = typeof META_STREAM | typeof DATA_STREAM;

/** A piece of a stream, by position. The bytes themselves stay with whoever offered them. */
export interface StreamSlice {
    readonly stream: StreamId;
    /** Offset of the first byte in the stream's space, integer in [0, 2⁴⁸). */
    readonly offset: number;
    readonly length: number;
}

/** One datagram to build: the plaintext is `head`, followed by the bytes of `slice` when there is one. */
export interface OutgoingPacket {
    /** Used once in the life of the session, whatever happens; it is the AEAD nonce. */
    readonly packetNumber: number;
    readonly head: Uint8Array;
    readonly slice?: StreamSlice;
}

/** Datagrams to build, one for each block of a part of the data stream. */
export interface OutgoingRun {
    /** Of the first; each has the number after the one before. */
    readonly firstNumber: number;
    readonly count: number;
    readonly slice: StreamSlice;
    /** Each packet has so many bytes of the slice, the last one may have fewer. */
    readonly blockBytes: number;
    /** What stands before the blocks, `headBytes` for each, one behind the other; valid until the next poll. */
    readonly heads: Uint8Array;
    readonly headBytes: number;
}

/** What a connection tells its owner, synchronously, from within the call that caused it. */
export interface ConnectionListener {
    /** Bytes that arrived for the first time, in any order. `bytes` is a view that is only valid during the call. */
    onData(stream: StreamId, offset: number, bytes: Uint8Array): void;
    /** The same of the data stream, where many packets came at a time; each by itself without this. */
    onBlocks?(run: BlockRun): void;
    /** Bytes that the peer has; their buffers may go. Told once per byte. */
    onAcknowledged(slice: StreamSlice): void;
    /** What became of a packet that `Connection.probe` sent. */
    onProbe?(plaintextBytes: number, arrived: boolean): void;
}

export interface ConnectionConfig {
    /** Room for plaintext in one datagram, in bytes. */
    readonly maxPlaintextBytes: number;
    readonly rate: RateSettings;
    /** Bytes on the wire per datagram beside the plaintext (IP, UDP, header, tag): the rate counts them. */
    readonly overheadBytes: number;
}

/** Counters since the start. */
export interface ConnectionStats {
    readonly packetsSent: number;
    readonly packetsLost: number;
    readonly packetsReceived: number;
    readonly packetsDuplicate: number;
    /** Packets of the peer that have not arrived though later ones have; those that are only late come off again. */
    readonly packetsMissing: number;
    /** Payload bytes put on the wire, retransmissions included. */
    readonly streamBytesSent: number;
    readonly streamBytesRetransmitted: number;
    readonly streamBytesAcknowledged: number;
    readonly streamBytesReceived: number;
    readonly bytesInFlight: number;
    readonly smoothedRttMs: number;
    readonly minRttMs: number;
    readonly sendRateBps: number;
    /** When the last datagram that opened arrived; undefined before the first. */
    readonly lastHeardMs: number | undefined;
}
