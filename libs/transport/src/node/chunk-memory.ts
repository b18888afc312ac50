import { subtle } from 'node:crypto';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { hashOf } from './content-hash';
import { loadNativeAddon, NativeMemory, nativeMemory } from './native-addon';

/** From so many bytes on, another thread is worth the message to it. */
const THREAD_BYTES = 64 * 1024;

/**
 * Memory for chunks, and their hashes. SHA-256 is made in other threads: the addon hashes where the bytes lie; without
 * it they are copied first, as JavaScript might take them away meanwhile. BLAKE3 is made on the spot: it takes a fifth
 * of a millisecond per MiB.
 */
export class ChunkMemory {
    private static own: ChunkMemory | undefined;

    /** @param native undefined: without the addon */
    constructor(private readonly native: NativeMemory | undefined) {}

    /** Of this process; with the addon unless the variable CONNECT_PACKET_IO forbids it. */
    static get ofProcess(): ChunkMemory {
        if (!this.own) {
            const isForbidden = process.env['CONNECT_PACKET_IO'] === 'dgram';
            this.own = new ChunkMemory(
                isForbidden ? undefined : nativeMemory(loadNativeAddon(process.env).addon)
            );
        }
        return this.own;
    }

    /** Of arbitrary content. */
    allocate(bytes: number): Buffer {
        return this.native === undefined || bytes < THREAD_BYTES
            ? Buffer.allocUnsafeSlow(bytes)
            : Buffer.from(this.native.allocate(bytes).buffer);
    }

    /** Hash of memory that {@link allocate} gave and that nobody changes before this resolves. */
    async hash(algorithm: HashAlgorithm, bytes: Buffer): Promise<Buffer> {
        if (algorithm !== 'sha256' || bytes.length < THREAD_BYTES) {
            return hashOf(algorithm, bytes);
        }
        const digest =
            this.native === undefined
                ? new Uint8Array(await subtle.digest('SHA-256', bytes))
                : await this.native.sha256(bytes);
        return Buffer.from(digest.buffer);
    }
}
