/** Writes all of `parts`, one after the other from `position` on; the bytes stay as they are until it resolves. */
export type WriteParts = (parts: readonly Uint8Array[], position: number) => Promise<void>;

/** What one turn takes along: the more, the longer whoever waits for another part of the file. */
const MOST_BYTES = 8 * 1024 * 1024;

interface Waiting {
    readonly bytes: Uint8Array;
    readonly position: number;
    readonly resolve: () => void;
    readonly reject: (error: unknown) => void;
}

/**
 * Writes to one file in turns. The system lets one thread at a time write to a file, and others would wait for it and
 * use a processor to do so. What has gathered meanwhile and lies side by side goes in one turn: a turn's end is only
 * seen when the event loop comes round, and a loop that is busy with packets would else set the pace of the disk.
 */
export class WriteTurns {
    private waiting: Waiting[] = [];
    private isBusy = false;

    constructor(private readonly writeParts: WriteParts) {}

    /** Resolves when these bytes have been written. */
    write(bytes: Uint8Array, position: number): Promise<void> {
        return new Promise((resolve, reject) => {
            this.waiting.push({ bytes, position, resolve, reject });
            if (!this.isBusy) {
                void this.takeTurns();
            }
        });
    }

    private async takeTurns(): Promise<void> {
        this.isBusy = true;
        while (this.waiting.length > 0) {
            const turn = this.nextTurn();
            if (turn.length === 1 || !(await this.writeTogether(turn))) {
                await this.writeSingly(turn);
            }
        }
        this.isBusy = false;
    }

    private async writeTogether(turn: readonly Waiting[]): Promise<boolean> {
        const parts = turn.map(({ bytes }) => bytes);
        try {
            await this.writeParts(parts, turn[0]!.position);
        } catch {
            return false; // who writes them one by one sees why
        }
        turn.forEach(({ resolve }) => resolve());
        return true;
    }

    /** What a disk still takes before it is full counts. */
    private async writeSingly(turn: readonly Waiting[]): Promise<void> {
        for (const { bytes, position, resolve, reject } of turn) {
            await this.writeParts([bytes], position).then(resolve, reject);
        }
    }

    /** The first that waits, and what follows it in the file. */
    private nextTurn(): Waiting[] {
        const turn = [this.waiting.shift()!];
        let bytes = turn[0]!.bytes.length;
        for (;;) {
            const end = turn[0]!.position + bytes;
            const next = this.waiting.findIndex(({ position }) => position === end);
            const found = this.waiting[next];
            if (!found || bytes + found.bytes.length > MOST_BYTES) {
                return turn;
            }
            this.waiting.splice(next, 1);
            turn.push(found);
            bytes += found.bytes.length;
        }
    }
}
