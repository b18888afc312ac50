import { PacketTable, TABLE_COLUMNS } from '../proto/packet-table';

/** Gaps as headers and tags leave them. */
const GAP_BYTES = 20;

/** A table of packets with these numbers and texts, which lie one behind the other with gaps. */
export function packetTableOf(packets: ReadonlyArray<readonly [number, Uint8Array]>): PacketTable {
    const size = packets.reduce((sum, [, text]) => sum + text.length + GAP_BYTES, 0);
    const bytes = new Uint8Array(size).fill(0xee);
    const cells = new Float64Array(packets.length * TABLE_COLUMNS);
    let at = 0;
    for (const [row, [packetNumber, text]] of packets.entries()) {
        bytes.set(text, at);
        cells.set([at, text.length, packetNumber, -1], row * TABLE_COLUMNS);
        at += text.length + GAP_BYTES;
    }
    return new PacketTable(bytes, cells);
}
