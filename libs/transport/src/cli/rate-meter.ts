interface Sample {
    readonly atMs: number;
    readonly bytes: number;
}

/** The rate of a counter over the last `windowMs`, as people like to see it: steady, yet quick to follow. */
export class RateMeter {
    private readonly samples: Sample[] = [];

    constructor(private readonly windowMs: number) {}

    add(atMs: number, bytes: number): void {
        this.samples.push({ atMs, bytes });
        while (this.samples.length > 2 && this.samples[1]!.atMs <= atMs - this.windowMs) {
            this.samples.shift();
        }
    }

    /** Bits per second; 0 before there are two samples. */
    get rateBps(): number {
        const first = this.samples[0];
        const last = this.samples[this.samples.length - 1];
        if (!first || !last || last.atMs <= first.atMs) {
            return 0;
        }
        return Math.max(0, ((last.bytes - first.bytes) * 8000) / (last.atMs - first.atMs));
    }
}
