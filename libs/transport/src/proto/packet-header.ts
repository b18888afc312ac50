import { readUint24, readUint64, writeUint24, writeUint64 } from './varint';

/** Bytes in clear before the sealed part, authenticated with it: of most packets. Format: docs/formats/transport.md §2. */
export const HEADER_BYTES = 4;
/** The same of a packet that names its session. */
export const LONG_HEADER_BYTES = 12;
/** Bytes of the AEAD tag after the sealed part. */
export const TAG_BYTES = 16;
/** High half of the first byte of every packet of this version. */
export const PROTOCOL_VERSION = 1;
/** Packet numbers are below this. */
export const PACKET_NUMBER_LIMIT = 2 ** 48;
/** Reports and pings of up to this size name their session; probes of the path are larger. */
const SIGN_BYTES = 512;

const VERSION_BITS = PROTOCOL_VERSION << 4;
const FLAG_FROM_SERVER = 0x01;
/** The session id follows the number. */
const FLAG_SESSION_ID = 0x02;
/** What the three bytes of the number distinguish. */
const NUMBER_SPAN = 2 ** 24;

/** What is said in clear about a packet. */
export interface PacketHeader {
    readonly fromServer: boolean;
    /** Low 24 bits of the packet number; {@link expandNumber} finds the rest. */
    readonly shortNumber: number;
    /** 64 bits, chosen at random by the server end; undefined when the packet does not say. */
    readonly sessionId: bigint | undefined;
}

/** Bytes of the header of a packet that names its session, or does not. */
export function headerBytes(isLong: boolean): number {
    return isLong ? LONG_HEADER_BYTES : HEADER_BYTES;
}

/** Writes the header at `at` and returns the position after it; the caller has made room. */
export function encodeHeader(
    target: Uint8Array,
    at: number,
    header: {
        readonly fromServer: boolean;
        readonly packetNumber: number;
        readonly sessionId?: bigint | undefined;
    }
): number {
    const { fromServer, packetNumber, sessionId } = header;
    target[at] =
        VERSION_BITS | (fromServer ? FLAG_FROM_SERVER : 0) | (sessionId === undefined ? 0 : FLAG_SESSION_ID);
    writeUint24(target, at + 1, packetNumber % NUMBER_SPAN);
    if (sessionId === undefined) {
        return at + HEADER_BYTES;
    }
    writeUint64(target, at + HEADER_BYTES, sessionId);
    return at + LONG_HEADER_BYTES;
}

/** Undefined when the bytes are too short to be a packet, of another version or with unknown flags: to be dropped silently. */
export function decodeHeader(bytes: Uint8Array): PacketHeader | undefined {
    const flags = (bytes[0] ?? 0) - VERSION_BITS;
    if (flags < 0 || flags > (FLAG_FROM_SERVER | FLAG_SESSION_ID)) {
        return undefined;
    }
    const isLong = (flags & FLAG_SESSION_ID) !== 0;
    if (bytes.length < headerBytes(isLong) + TAG_BYTES) {
        return undefined;
    }
    return {
        fromServer: (flags & FLAG_FROM_SERVER) !== 0,
        shortNumber: readUint24(bytes, 1),
        sessionId: isLong ? readUint64(bytes, HEADER_BYTES) : undefined
    };
}

/**
 * The packet number with these low 24 bits that is nearest to `expected`, one more than the highest that opened, in
 * [0, 2⁴⁸). Always in [0, 2⁴⁸): a number beyond would repeat a nonce. Source: RFC 9000 §A.3.
 */
export function expandNumber(shortNumber: number, expected: number): number {
    const candidate = expected - (expected % NUMBER_SPAN) + shortNumber;
    if (candidate <= expected - NUMBER_SPAN / 2 && candidate < PACKET_NUMBER_LIMIT - NUMBER_SPAN) {
        return candidate + NUMBER_SPAN;
    }
    if (candidate > expected + NUMBER_SPAN / 2 && candidate >= NUMBER_SPAN) {
        return candidate - NUMBER_SPAN;
    }
    return candidate;
}

/**
 * Whether a packet names its session. A client's has to until the server has answered, for only then a socket of the
 * server belongs to this address, and later when it is small and has no block: these packets tell a server whose peer
 * has moved where it is now. A client's socket hears nobody but its server.
 */
export function namesSession(
    isServer: boolean,
    isAnswered: boolean,
    headLength: number,
    hasPayload: boolean
): boolean {
    return !isServer && (!isAnswered || (!hasPayload && headLength <= SIGN_BYTES));
}
