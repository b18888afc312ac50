import { GatherLimits, GatherQueue } from './gather-queue';

interface Waiting<T, R> {
    readonly item: T;
    readonly resolve: (result: R) => void;
    readonly reject: (error: unknown) => void;
}

/** A {@link GatherQueue} that answers each item by itself. */
export class Gatherer<T, R> {
    private readonly queue: GatherQueue<Waiting<T, R>>;

    /** @param work answers one result per item, in order; when it rejects, all of them are */
    constructor(
        private readonly work: (key: string, items: readonly T[]) => Promise<readonly R[]>,
        weigh: (item: T) => number,
        limits: GatherLimits
    ) {
        this.queue = new GatherQueue(
            (key, items) => this.workOn(key, items),
            ({ item }) => weigh(item),
            limits
        );
    }

    add(key: string, item: T): Promise<R> {
        return new Promise((resolve, reject) => this.queue.add(key, { item, resolve, reject }));
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
        }
    }
}
