import { readUint48, writeUint32, writeUint48 } from './varint';

/** Bytes in clear before the sealed part; authenticated with it. Format: docs/formats/transport.md §2. */
export const HEADER_BYTES = 16;
/** Bytes of the AEAD tag after the sealed part. */
export const TAG_BYTES = 16;
/** First byte of every packet of this version. */
export const PROTOCOL_VERSION = 1;

const FLAG_FROM_SERVER = 0x01;

/** What is said in clear about a packet. */
export interface PacketHeader {
    readonly fromServer: boolean;
    /** Integer in [0, 2⁴⁸); used once per direction and session. */
    readonly packetNumber: number;
    /** 64 bits, chosen at random by the server end. */
    readonly sessionId: bigint;
}

/** Writes the 16 bytes of the header at `at`; the caller has made room. */
export function encodeHeader(target: Uint8Array, at: number, header: PacketHeader): void {
    target[at] = PROTOCOL_VERSION;
    target[at + 1] = header.fromServer ? FLAG_FROM_SERVER : 0;
    writeUint48(target, at + 2, header.packetNumber);
    writeUint32(target, at + 8, Number(header.sessionId >> 32n));
    writeUint32(target, at + 12, Number(header.sessionId & 0xffff_ffffn));
}

/** Undefined when the bytes are too short to be a packet, of another version or with unknown flags: to be dropped silently. */
export function decodeHeader(bytes: Uint8Array): PacketHeader | undefined {
    const flags = bytes[1];
    if (
        bytes.length < HEADER_BYTES + TAG_BYTES ||
        bytes[0] !== PROTOCOL_VERSION ||
        flags === undefined ||
        flags > 1
    ) {
        return undefined;
    }
    const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES);
    return {
        fromServer: flags === FLAG_FROM_SERVER,
        packetNumber: readUint48(bytes, 2),
        sessionId: view.getBigUint64(8)
    };
}
