import { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';
import { ConnectError } from '@connect/base';

const PREFIX_BYTES = 4;
/** A longer message ends the link. */
const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Messages between processes of one user, over a socket that only this user can reach. */
export class MessageLink<Out, In> {
    private chunks: Buffer[] = [];
    private buffered = 0;
    private isClosed = false;
    /** Set before anything can arrive: in the turn of the event loop in which the link is made. */
    onMessage: (message: In) => void = () => undefined;
    /** The other process is gone, or has hung up. Told once. */
    onClosed: () => void = () => undefined;

    constructor(private readonly socket: Socket) {
        socket.on('data', (bytes: Buffer) => this.take(bytes));
        // the close that follows says all there is to say
        socket.on('error', () => undefined);
        socket.once('close', () => this.close());
    }

    /** Does nothing once the link is closed. */
    send(message: Out): void {
        if (this.isClosed) {
            return;
        }
        const body = serialize(message);
        const prefix = Buffer.allocUnsafe(PREFIX_BYTES);
        prefix.writeUInt32BE(body.length);
        this.socket.write(Buffer.concat([prefix, body]));
    }

    /** What was sent before still arrives. */
    end(): void {
        this.socket.end();
    }

    private close(): void {
        if (!this.isClosed) {
            this.isClosed = true;
            this.socket.destroy();
            this.onClosed();
        }
    }

    private take(bytes: Buffer): void {
        this.chunks.push(bytes);
        this.buffered += bytes.length;
        try {
            for (let body = this.next(); body && !this.isClosed; body = this.next()) {
                this.onMessage(deserialize(body) as In);
            }
        } catch (error) {
            // somebody who does not speak this: as good as gone
            this.socket.destroy(ConnectError.from(error));
        }
    }

    private next(): Buffer | undefined {
        if (this.buffered < PREFIX_BYTES) {
            return undefined;
        }
        let all = this.chunks[0]!;
        if (this.chunks.length > 1 && (all.length < PREFIX_BYTES || all.length < this.wanted(all))) {
            all = Buffer.concat(this.chunks);
            this.chunks = [all];
        }
        const end = this.wanted(all);
        if (end > PREFIX_BYTES + MAX_MESSAGE_BYTES) {
            throw new ConnectError('transfer.protocol', 'A message between processes is too long');
        }
        if (all.length < end) {
            return undefined;
        }
        this.buffered -= end;
        const rest = all.subarray(end);
        this.chunks = [...(rest.length > 0 ? [rest] : []), ...this.chunks.slice(1)];
        return all.subarray(PREFIX_BYTES, end);
    }

    private wanted(start: Buffer): number {
        return PREFIX_BYTES + start.readUInt32BE(0);
    }
}
