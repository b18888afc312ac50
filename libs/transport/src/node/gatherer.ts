interface Waiting<T, R> {
    readonly item: T;
    readonly resolve: (result: R) => void;
    readonly reject: (error: unknown) => void;
}

/** How much one piece of work takes, and how many run at a time. */
export interface GathererLimits {
    readonly atOnce: number;
    readonly items: number;
    /** Sum of the items' weights; an item that is heavier goes alone. */
    readonly weight: number;
}

/**
 * Does things of the same key together: those that come in one turn of the event loop, and those that come while all
 * hands are busy. So work becomes the coarser the more there is of it. Keys are served in the order they came.
 */
export class Gatherer<T, R> {
    private readonly waiting = new Map<string, Array<Waiting<T, R>>>();
    private running = 0;
    private isTurnDue = false;

    /** @param work answers one result per item, in order; when it rejects, all of them are */
    constructor(
        private readonly work: (key: string, items: readonly T[]) => Promise<readonly R[]>,
        private readonly weigh: (item: T) => number,
        private readonly limits: GathererLimits
    ) {}

    add(key: string, item: T): Promise<R> {
        return new Promise((resolve, reject) => {
            const others = this.waiting.get(key);
            if (others) {
                others.push({ item, resolve, reject });
            } else {
                this.waiting.set(key, [{ item, resolve, reject }]);
            }
            if (!this.isTurnDue) {
                this.isTurnDue = true;
                setImmediate(() => {
                    this.isTurnDue = false;
                    this.startSome();
                });
            }
        });
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

    private take(items: Array<Waiting<T, R>>): Array<Waiting<T, R>> {
        let count = 1;
        let weight = this.weigh(items[0]!.item);
        for (; count < items.length && count < this.limits.items; count++) {
            weight += this.weigh(items[count]!.item);
            if (weight > this.limits.weight) {
                break;
            }
        }
        return items.splice(0, count);
    }

    private async workOn(key: string, items: ReadonlyArray<Waiting<T, R>>): Promise<void> {
        try {
            const results = await this.work(
                key,
                items.map(({ item }) => item)
            );
            items.forEach(({ resolve }, i) => resolve(results[i]!));
        } catch (error) {
            items.forEach(({ reject }) => reject(error));
        } finally {
            this.running -= 1;
            this.startSome();
        }
    }
}
