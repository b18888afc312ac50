/** Lets at most `concurrency` pieces of work run at a time; the others wait in order. */
export class Limiter {
    private running = 0;
    private readonly waiting: Array<() => void> = [];

    constructor(private readonly concurrency: number) {}

    /** Pieces of work that wait for their turn. */
    get waitingCount(): number {
        return this.waiting.length;
    }

    async run<T>(work: () => Promise<T>): Promise<T> {
        if (this.running >= this.concurrency) {
            await new Promise<void>(resolve => this.waiting.push(resolve));
        } else {
            this.running += 1;
        }
        try {
            return await work();
        } finally {
            // The place goes to the next in line without becoming free in between.
            const next = this.waiting.shift();
            if (next) {
                next();
            } else {
                this.running -= 1;
            }
        }
    }
}
