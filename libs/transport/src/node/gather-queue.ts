/** How much one piece of work takes, and how many run at a time. */
export interface GatherLimits {
    readonly atOnce: number;
    readonly items: number;
    /** Sum of the items' weights; an item that is heavier goes alone. */
    readonly weight: number;
}

/**
 * Hands over together what has the same key: what comes in one turn of the event loop, and what comes while all hands
 * are busy. So work becomes the coarser the more there is of it. Keys are served in the order they came.
 */
export class GatherQueue<T> {
    private readonly waiting = new Map<string, T[]>();
    private running = 0;
    private isTurnDue = false;

    /** @param work never rejects */
    constructor(
        private readonly work: (key: string, items: readonly T[]) => Promise<void>,
        private readonly weigh: (item: T) => number,
        private readonly limits: GatherLimits
    ) {}

    add(key: string, item: T): void {
        const others = this.waiting.get(key);
        if (others) {
            others.push(item);
        } else {
            this.waiting.set(key, [item]);
        }
        if (!this.isTurnDue) {
            this.isTurnDue = true;
            setImmediate(() => {
                this.isTurnDue = false;
                this.startSome();
            });
        }
    }

    private startSome(): void {
        for (const [key, items] of this.waiting) {
            while (this.running < this.limits.atOnce && items.length > 0) {
                this.running += 1;
                void this.workOn(key, this.take(items));
            }
            if (items.length > 0) {
                return;
            }
            this.waiting.delete(key);
        }
    }

    private take(items: T[]): T[] {
        let count = 1;
        let weight = this.weigh(items[0]!);
        for (; count < items.length && count < this.limits.items; count++) {
            weight += this.weigh(items[count]!);
            if (weight > this.limits.weight) {
                break;
            }
        }
        return items.splice(0, count);
    }

    private async workOn(key: string, items: readonly T[]): Promise<void> {
        try {
            await this.work(key, items);
        } finally {
            this.running -= 1;
            this.startSome();
        }
    }
}
