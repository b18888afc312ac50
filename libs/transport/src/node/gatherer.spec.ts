import { expect } from 'chai';
import { Gatherer } from './gatherer';

describe('Gatherer', () => {
    const LIMITS = { atOnce: 1, items: 3, weight: 100 };

    it('does together what has the same key, in order, and answers each by itself', async () => {
        const calls: string[] = [];
        const gatherer = new Gatherer<number, number>(
            async (key, items) => {
                calls.push(`${key}: ${items.join(' ')}`);
                return items.map(item => item * 10);
            },
            () => 1,
            LIMITS
        );
        const results = await Promise.all(
            [1, 2, 3, 4].map(item => gatherer.add('a', item)).concat(gatherer.add('b', 5))
        );
        expect(results).to.deep.equal([10, 20, 30, 40, 50]);
        expect(calls).to.deep.equal(['a: 1 2 3', 'a: 4', 'b: 5']);
    });

    it('gathers what comes while it is busy', async () => {
        const sizes: number[] = [];
        let goOn!: () => void;
        const first = new Promise<void>(resolve => (goOn = resolve));
        const gatherer = new Gatherer<number, number>(
            async (_key, items) => {
                sizes.push(items.length);
                await first;
                return items;
            },
            () => 1,
            LIMITS
        );
        const one = gatherer.add('a', 1);
        while (sizes.length === 0) {
            await new Promise(resolve => setImmediate(resolve));
        }
        const later = [gatherer.add('a', 2), gatherer.add('a', 3)];
        await new Promise(resolve => setImmediate(resolve));
        goOn();
        await Promise.all([one, ...later]);
        expect(sizes).to.deep.equal([1, 2]);
    });

    it('bounds the weight, but lets a heavy one through alone', async () => {
        const calls: number[][] = [];
        const gatherer = new Gatherer<number, number>(
            async (_key, items) => {
                calls.push([...items]);
                return items;
            },
            item => item,
            LIMITS
        );
        await Promise.all([60, 50, 500, 1].map(item => gatherer.add('a', item)));
        expect(calls).to.deep.equal([[60], [50], [500], [1]]);
    });

    it('rejects all of a call that fails, and goes on', async () => {
        const gatherer = new Gatherer<number, number>(
            async (key, items) => {
                if (key === 'bad') {
                    throw new Error('no');
                }
                return items;
            },
            () => 1,
            LIMITS
        );
        const results = await Promise.allSettled([
            gatherer.add('bad', 1),
            gatherer.add('bad', 2),
            gatherer.add('good', 3)
        ]);
        expect(results.map(({ status }) => status)).to.deep.equal(['rejected', 'rejected', 'fulfilled']);
    });
});
