interface Piece {
    readonly bytes: number;
    readonly limit: () => number;
    readonly resolve: () => void;
}

/** A number of bytes that may be held at once. One piece larger than all is let through when nothing else is held. */
export class ByteBudget {
    private held = 0;
    private readonly waiting: Piece[] = [];

    constructor(private readonly limitBytes: number) {}

    /** @param limit for all that is held when this piece is let through: a smaller one, asked for whenever it counts */
    async acquire(bytes: number, limit: () => number = () => this.limitBytes): Promise<void> {
        if (this.waiting.length === 0 && this.fits(bytes, limit)) {
            this.held += bytes;
            return;
        }
        await new Promise<void>(resolve => this.waiting.push({ bytes, limit, resolve }));
    }

    release(bytes: number): void {
        this.held -= bytes;
        for (let next = this.waiting[0]; next && this.fits(next.bytes, next.limit); next = this.waiting[0]) {
            this.waiting.shift();
            this.held += next.bytes;
            next.resolve();
        }
    }

    private fits(bytes: number, limit: () => number): boolean {
        return this.held === 0 || this.held + bytes <= limit();
    }
}
