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
