import { Readable } from 'node:stream';
import { Range } from '@connect/base';
import { HttpStreamPort } from './http-stream-port';

const BUFFER_BYTES = 64 * 1024;

/** The bytes of a range of the outgoing data, each when it is its turn. */
export function outgoingBytes(port: HttpStreamPort, range: Range): Readable & { size: number } {
    // what an earlier request took along and did not bring is on its way no more
    port.outgoing.release(range.start, range.end);
    let next = range.start;
    const stream = new Readable({
        highWaterMark: BUFFER_BYTES,
        read() {
            if (next >= range.end) {
                this.push(null);
                return;
            }
            port.outgoing
                .piece(next, range.end, () => this.destroyed)
                .then(
                    piece => {
                        next += piece.length;
                        this.push(piece);
                    },
                    error => this.destroy(error as Error)
                );
        }
    });
    return Object.assign(stream, { size: range.end - range.start });
}
