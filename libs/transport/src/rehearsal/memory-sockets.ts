import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

/** One end of a TCP connection that never leaves the process. */
class MemorySocket extends Duplex {
    readonly connecting = false;
    readonly remoteAddress = '127.0.0.1';
    peer!: MemorySocket;

    override _read(): void {
        // the peer pushes what it writes
    }

    override _write(bytes: Buffer, _encoding: BufferEncoding, done: () => void): void {
        this.peer.push(bytes);
        done();
    }

    override _final(done: () => void): void {
        this.peer.push(null);
        done();
    }

    setNoDelay(): this {
        return this;
    }

    destroySoon(): void {
        this.end(() => this.destroy());
    }
}

/** Both ends of a connection in memory, with what an SSH connection asks of its socket. */
export function memorySockets(): [Socket, Socket] {
    const [here, there] = [new MemorySocket(), new MemorySocket()];
    here.peer = there;
    there.peer = here;
    return [here as unknown as Socket, there as unknown as Socket];
}
