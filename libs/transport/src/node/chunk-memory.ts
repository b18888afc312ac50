import { createHash, hash, subtle } from 'node:crypto';
import { loadNativeAddon, NativeMemory, nativeMemory } from './native-addon';

/** From so many bytes on, another thread is worth the message to it. */
const THREAD_BYTES = 64 * 1024;

/** SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array): Buffer {
    // One call costs a third of three, which counts for small files; Node has it since 20.12.
    return hash ? hash('sha256', bytes, 'buffer') : createHash('sha256').update(bytes).digest();
}

/**
 * Memory for chunks, and their hashes in other threads. The addon hashes where the bytes lie; without it they are
 * copied first, as JavaScript might take them away meanwhile.
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

    /** SHA-256 of memory that {@link allocate} gave and that nobody changes before this resolves. */
    async sha256(bytes: Buffer): Promise<Buffer> {
        if (bytes.length < THREAD_BYTES) {
            return sha256(bytes);
        }
        const digest =
            this.native === undefined
                ? new Uint8Array(await subtle.digest('SHA-256', bytes))
                : await this.native.sha256(bytes);
        return Buffer.from(digest.buffer);
    }
}
