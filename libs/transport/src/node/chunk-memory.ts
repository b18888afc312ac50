import { createHash, subtle } from 'node:crypto';
import { loadNativeAddon, NativeAddon } from './native-addon';

/** From so many bytes on, another thread is worth the message to it. */
const THREAD_BYTES = 64 * 1024;

/** SHA-256 of `bytes`. */
export function sha256(bytes: Uint8Array): Buffer {
    return createHash('sha256').update(bytes).digest();
}

/**
 * Memory for chunks, and their hashes in other threads. The addon hashes where the bytes lie; without it they are
 * copied first, as JavaScript might take them away meanwhile.
 */
export class ChunkMemory {
    private static own: ChunkMemory | undefined;

    /** @param addon undefined: without */
    constructor(private readonly addon: NativeAddon | undefined) {}

    /** Of this process; with the addon unless the variable CONNECT_PACKET_IO forbids it. */
    static get ofProcess(): ChunkMemory {
        this.own ??= new ChunkMemory(
            process.env['CONNECT_PACKET_IO'] === 'dgram' ? undefined : loadNativeAddon(process.env).addon
        );
        return this.own;
    }

    /** Of arbitrary content. */
    allocate(bytes: number): Buffer {
        return this.addon === undefined || bytes < THREAD_BYTES
            ? Buffer.allocUnsafeSlow(bytes)
            : Buffer.from(this.addon.allocate(bytes).buffer);
    }

    /** SHA-256 of memory that {@link allocate} gave and that nobody changes before this resolves. */
    async sha256(bytes: Buffer): Promise<Buffer> {
        if (bytes.length < THREAD_BYTES) {
            return sha256(bytes);
        }
        const hash =
            this.addon === undefined
                ? new Uint8Array(await subtle.digest('SHA-256', bytes))
                : await this.addon.sha256(bytes);
        return Buffer.from(hash.buffer);
    }
}
