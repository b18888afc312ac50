import { OutgoingRun } from '../proto/types';
import { PacketIo } from './packet-io';

/** The packets of `run`, whose blocks are `payload`, each by itself. */
export function sendOneByOne(io: PacketIo, run: OutgoingRun, payload: Uint8Array): void {
    const { firstNumber, count, heads, headBytes, blockBytes } = run;
    for (let index = 0; index < count; index++) {
        const head = heads.subarray(index * headBytes, (index + 1) * headBytes);
        io.send(firstNumber + index, head, payload.subarray(index * blockBytes, (index + 1) * blockBytes));
    }
}
