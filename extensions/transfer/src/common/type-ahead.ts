/** What is typed within this time belongs together. */
const PAUSE_MS = 800;

/**
 * Finds the row that a person types the beginning of. The same letter again goes on to the next row with it.
 */
export class TypeAhead {
    private typed = '';
    private lastMs = -Infinity;

    /**
     * @param letter one character
     * @param nowMs monotonic
     * @param names of all rows
     * @param focused index of the row with the focus, -1 for none
     * @returns index of the row to go to; undefined when no name begins like this
     */
    type(letter: string, nowMs: number, names: readonly string[], focused: number): number | undefined {
        this.typed = (nowMs - this.lastMs <= PAUSE_MS ? this.typed : '') + letter.toLowerCase();
        this.lastMs = nowMs;
        const isOneLetter = [...this.typed].every(each => each === this.typed[0]);
        const wanted = isOneLetter ? this.typed[0] : this.typed;
        // with more letters the row that has the focus may well stay the right one
        const from = Math.max(0, isOneLetter ? focused + 1 : focused);
        for (let i = 0; i < names.length; i++) {
            const index = (from + i) % names.length;
            if (names[index].toLowerCase().startsWith(wanted)) {
                return index;
            }
        }
        return undefined;
    }
}
