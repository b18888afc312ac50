import {
    createCipheriv,
    createDecipheriv,
    createSecretKey,
    hkdfSync,
    KeyObject,
    randomBytes
} from 'node:crypto';
import { SessionCipher } from '../control/control-protocol';
import {
    decodeHeader,
    encodeHeader,
    expandNumber,
    headerBytes,
    LONG_HEADER_BYTES,
    PACKET_NUMBER_LIMIT,
    TAG_BYTES
} from '../proto/packet-header';

/** Bytes of the secret that the server draws for each session. */
export const SECRET_BYTES = 32;
const IV_BYTES = 12;
const KEY_BYTES: Readonly<Record<SessionCipher, number>> = { 'aes-128-gcm': 16, 'aes-256-gcm': 32 };
const SLAB_BYTES = 128 * 1024;

/** What both ends of one session know, and nobody else. */
export interface SessionSecret {
    readonly sessionId: bigint;
    /** {@link SECRET_BYTES} bytes. */
    readonly secret: Uint8Array;
}

/** Key and IV of one direction. */
export interface DirectionKeys {
    readonly key: Buffer;
    readonly iv: Buffer;
}

/** A fresh session: random id and secret from the system's generator. */
export function newSessionSecret(): SessionSecret {
    return { sessionId: randomBytes(8).readBigUInt64BE(), secret: randomBytes(SECRET_BYTES) };
}

/** The session id as it stands in messages: 16 hexadecimal digits. */
export function formatSessionId(sessionId: bigint): string {
    return sessionId.toString(16).padStart(16, '0');
}

/** Keys of both directions: HKDF-SHA256 (RFC 5869) with the session id as salt. Format: docs/formats/transport.md. */
export function deriveKeys(
    session: SessionSecret,
    cipher: SessionCipher
): { readonly client: DirectionKeys; readonly server: DirectionKeys } {
    const salt = Buffer.alloc(8);
    salt.writeBigUInt64BE(session.sessionId);
    const derive = (label: string, length: number): Buffer =>
        Buffer.from(hkdfSync('sha256', session.secret, salt, `connect-transport 1 ${label}`, length));
    const direction = (name: string): DirectionKeys => ({
        key: derive(`${name} key`, KEY_BYTES[cipher]),
        iv: derive(`${name} iv`, IV_BYTES)
    });
    return { client: direction('client'), server: direction('server') };
}

/** The long header of packets of one direction, with packet number 0. */
export function directionHeader(session: SessionSecret, fromServer: boolean): Buffer {
    const bytes = Buffer.alloc(LONG_HEADER_BYTES);
    encodeHeader(bytes, 0, { fromServer, packetNumber: 0, sessionId: session.sessionId });
    return bytes;
}

/** Nonce of a packet: the IV of its direction XOR the packet number. One buffer, written again for each packet. */
class NonceSource {
    private readonly nonce: Buffer;
    private readonly high: number;
    private readonly low: number;

    constructor(iv: Buffer) {
        this.nonce = Buffer.from(iv);
        this.high = iv.readUInt16BE(IV_BYTES - 6);
        this.low = iv.readUInt32BE(IV_BYTES - 4);
    }

    of(packetNumber: number): Buffer {
        const high = Math.floor(packetNumber / 2 ** 32);
        this.nonce.writeUInt16BE(this.high ^ high, IV_BYTES - 6);
        this.nonce.writeUInt32BE((this.low ^ (packetNumber % 2 ** 32)) >>> 0, IV_BYTES - 4);
        return this.nonce;
    }
}

/** A datagram that proved to come from the peer of this session. */
export interface OpenedPacket {
    readonly packetNumber: number;
    readonly plaintext: Buffer;
}

/** Seals and opens the datagrams of one end of one session with AES-GCM; the header is authenticated, not hidden. */
export class PacketSealer {
    /** Key objects: of raw keys Node makes new ones for every packet, which costs more than the encryption. */
    private readonly outKey: KeyObject;
    private readonly inKey: KeyObject;
    private readonly outNonces: NonceSource;
    private readonly inNonces: NonceSource;
    private readonly sessionId: bigint;
    /** One more than the highest packet number that opened. */
    private expected = 0;
    /** Head and payload side by side: one call into the cipher costs less than two. */
    private plain = Buffer.alloc(2048);
    private slab = Buffer.alloc(0);
    private slabUsed = 0;

    constructor(
        session: SessionSecret,
        private readonly cipher: SessionCipher,
        private readonly isServer: boolean
    ) {
        const keys = deriveKeys(session, cipher);
        const [mine, theirs] = isServer ? [keys.server, keys.client] : [keys.client, keys.server];
        this.outKey = createSecretKey(mine.key);
        this.inKey = createSecretKey(theirs.key);
        this.outNonces = new NonceSource(mine.iv);
        this.inNonces = new NonceSource(theirs.iv);
        this.sessionId = session.sessionId;
    }

    /** Numbers of packets to open are near this one, or near the highest that opened, whichever is higher. */
    expect(packetNumber: number): void {
        this.expected = Math.max(this.expected, Math.min(packetNumber, PACKET_NUMBER_LIMIT - 1));
    }

    /**
     * The datagram for `head` followed by `payload`. `packetNumber` (integer in [0, 2⁴⁸)) must never repeat.
     * @param namesSession says the session id in clear, for whoever has to hand the datagram on
     */
    seal(
        packetNumber: number,
        head: Uint8Array,
        payload: Uint8Array | undefined,
        namesSession = false
    ): Buffer {
        const length = head.length + (payload?.length ?? 0);
        if (this.plain.length < length) {
            this.plain = Buffer.alloc(length);
        }
        this.plain.set(head, 0);
        if (payload) {
            this.plain.set(payload, head.length);
        }
        const sealedAt = headerBytes(namesSession);
        const datagram = this.allocate(sealedAt + length + TAG_BYTES);
        const sessionId = namesSession ? this.sessionId : undefined;
        encodeHeader(datagram, 0, { fromServer: this.isServer, packetNumber, sessionId });
        const cipher = createCipheriv(this.cipher, this.outKey, this.outNonces.of(packetNumber));
        cipher.setAAD(datagram.subarray(0, sealedAt));
        datagram.set(cipher.update(this.plain.subarray(0, length)), sealedAt);
        cipher.final();
        datagram.set(cipher.getAuthTag(), sealedAt + length);
        return datagram;
    }

    /** Undefined when the datagram is not an authentic one from the peer of this session. Never throws. */
    open(datagram: Buffer): OpenedPacket | undefined {
        const header = decodeHeader(datagram);
        if (!header || header.fromServer === this.isServer) {
            return undefined;
        }
        if (header.sessionId !== undefined && header.sessionId !== this.sessionId) {
            return undefined;
        }
        const packetNumber = expandNumber(header.shortNumber, this.expected);
        const sealedAt = headerBytes(header.sessionId !== undefined);
        const tagAt = datagram.length - TAG_BYTES;
        const decipher = createDecipheriv(this.cipher, this.inKey, this.inNonces.of(packetNumber));
        decipher.setAAD(datagram.subarray(0, sealedAt));
        decipher.setAuthTag(datagram.subarray(tagAt));
        const plaintext = decipher.update(datagram.subarray(sealedAt, tagAt));
        try {
            decipher.final();
        } catch {
            // the one way node:crypto has to say that the tag does not match
            return undefined;
        }
        this.expect(packetNumber + 1);
        return { packetNumber, plaintext };
    }

    /** From a slab, as a buffer of its own for each packet would keep the garbage collector busy. */
    private allocate(length: number): Buffer {
        if (this.slabUsed + length > this.slab.length) {
            this.slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, length));
            this.slabUsed = 0;
        }
        this.slabUsed += length;
        return this.slab.subarray(this.slabUsed - length, this.slabUsed);
    }
}
