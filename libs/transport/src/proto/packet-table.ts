/** Cells of a row: where the text of a packet begins, its length, its number, and a cell that is the owner's. */
export const TABLE_COLUMNS = 4;

/** Packets that opened, all in one memory. What it says is valid only while it is handed over. */
export class PacketTable {
    /** @param cells `TABLE_COLUMNS` for each packet; texts lie within `bytes` */
    constructor(
        readonly bytes: Uint8Array,
        readonly cells: Float64Array
    ) {}

    /** Where in `bytes` the text begins. */
    startOf(row: number): number {
        return this.cells[row * TABLE_COLUMNS]!;
    }

    lengthOf(row: number): number {
        return this.cells[row * TABLE_COLUMNS + 1]!;
    }

    numberOf(row: number): number {
        return this.cells[row * TABLE_COLUMNS + 2]!;
    }

    /** A view. */
    textOf(row: number): Uint8Array {
        const start = this.startOf(row);
        return this.bytes.subarray(start, start + this.lengthOf(row));
    }

    /** Copies the texts of rows [from, to), each without its first `skip` bytes, one behind the other to `at`. */
    gather(from: number, to: number, skip: number, target: Uint8Array, at: number): void {
        let end = at;
        for (let row = from; row < to; row++) {
            const text = this.textOf(row).subarray(skip);
            target.set(text, end);
            end += text.length;
        }
    }
}
