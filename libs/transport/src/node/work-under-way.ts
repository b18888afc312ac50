/** Counts pieces of work, for whoever waits until there are none. */
export class WorkUnderWay {
    private count = 0;
    private whenIdle: Array<() => void> = [];

    begin(): void {
        this.count += 1;
    }

    readonly end = (): void => {
        this.count -= 1;
        if (this.count === 0) {
            this.whenIdle.splice(0).forEach(resolve => resolve());
        }
    };

    /** Counts `work` until it is settled, and answers it. */
    track<T>(work: Promise<T>): Promise<T> {
        this.begin();
        work.then(this.end, this.end);
        return work;
    }

    async idle(): Promise<void> {
        while (this.count > 0) {
            await new Promise<void>(resolve => this.whenIdle.push(resolve));
        }
    }
}
