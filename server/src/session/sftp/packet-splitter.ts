import { ConnectError } from '@connect/base';
import { MAX_PACKET_BYTES } from './sftp-protocol';

/** Cuts a byte stream into SFTP packets: a length of four bytes, then as many bytes. */
export class PacketSplitter {
    private readonly chunks: Buffer[] = [];
    private bufferedBytes = 0;

    /**
     * The packets that are complete with `chunk`, without their length.
     * @throws ConnectError `transfer.protocol` when one is empty or longer than {@link MAX_PACKET_BYTES}
     */
    push(chunk: Buffer): Buffer[] {
        this.chunks.push(chunk);
        this.bufferedBytes += chunk.length;
        const packets: Buffer[] = [];
        for (;;) {
            const length = this.peekLength();
            if (length === undefined || this.bufferedBytes < length + 4) {
                return packets;
            }
            packets.push(this.take(length + 4).subarray(4));
        }
    }

    private peekLength(): number | undefined {
        if (this.bufferedBytes < 4) {
            return undefined;
        }
        let head = this.chunks[0];
        if (head.length < 4) {
            head = Buffer.concat(this.chunks);
            this.chunks.splice(0, this.chunks.length, head);
        }
        const length = head.readUInt32BE(0);
        if (length === 0 || length > MAX_PACKET_BYTES) {
            throw new ConnectError('transfer.protocol', `SFTP packet of ${length} bytes`);
        }
        return length;
    }

    private take(length: number): Buffer {
        const parts: Buffer[] = [];
        let missing = length;
        while (missing > 0) {
            const chunk = this.chunks[0];
            if (chunk.length <= missing) {
                parts.push(chunk);
                this.chunks.shift();
            } else {
                parts.push(chunk.subarray(0, missing));
                this.chunks[0] = chunk.subarray(missing);
            }
            missing -= parts.at(-1)!.length;
        }
        this.bufferedBytes -= length;
        return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
    }
}
