/** Lets at most `concurrency` pieces of work run at a time; the others wait in order. */
export class Limiter {
    private running = 0;
    private readonly waiting: Array<() => void> = [];

    constructor(private readonly concurrency: number) {}

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

/** A number of bytes that may be held at once. One piece larger than all is let through when nothing else is held. */
export class ByteBudget {
    private held = 0;
    private readonly waiting: Array<{ readonly bytes: number; readonly resolve: () => void }> = [];

    constructor(private readonly limitBytes: number) {}

    async acquire(bytes: number): Promise<void> {
        if (this.waiting.length === 0 && this.fits(bytes)) {
            this.held += bytes;
            return;
        }
        await new Promise<void>(resolve => this.waiting.push({ bytes, resolve }));
    }

    release(bytes: number): void {
        this.held -= bytes;
        for (let next = this.waiting[0]; next && this.fits(next.bytes); next = this.waiting[0]) {
            this.waiting.shift();
            this.held += next.bytes;
            next.resolve();
        }
    }

    private fits(bytes: number): boolean {
        return this.held === 0 || this.held + bytes <= this.limitBytes;
    }
}
