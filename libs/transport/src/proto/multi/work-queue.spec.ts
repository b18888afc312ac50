import { expect } from 'chai';
import * as fc from 'fast-check';
import { seededRandom } from '@connect/base';
import { DEFAULT_SUFFIXES } from '../partial-names';
import { SplitDigest } from './split-file';
import { FileOutcome, ListedEntry, WorkOrder, WorkOutcome } from './work-order';
import { WorkQueue, WorkQueueOptions } from './work-queue';

const CHUNK = 1024 * 1024;
const MIB = CHUNK;

const file = (path: string, sizeBytes: number): ListedEntry => ({
    sourcePath: `/source/${path}`,
    path,
    kind: 'file',
    sizeBytes,
    mtimeNs: 7n
});
const folder = (path: string): ListedEntry => ({ ...file(path, 0), kind: 'directory' });

const queueOf = (entries: readonly ListedEntry[], options: Partial<WorkQueueOptions> = {}): WorkQueue => {
    const queue = new WorkQueue({
        thresholdBytes: 60 * MIB,
        chunkBytes: CHUNK,
        sessions: 3,
        suffixes: DEFAULT_SUFFIXES,
        writerBase: 1000,
        ...options
    });
    entries.forEach(entry => queue.add(entry));
    queue.listed();
    return queue;
};

const done = (sizeBytes = 0): WorkOutcome & { result: 'done' } => ({ result: 'done', sizeBytes });
const failed = (code: 'transfer.source-changed' | 'transfer.no-space'): WorkOutcome => ({
    result: 'failed',
    error: { code, message: code }
});
const opened = (sizeBytes: number, ...have: Array<[number, number]>): WorkOutcome & { result: 'opened' } => ({
    result: 'opened',
    version: { sizeBytes, mtimeNs: 7n },
    have: have.map(([start, end]) => ({ start, end })),
    holes: []
});

describe('work queue', () => {
    it('gives small files whole, each once, in order', () => {
        const queue = queueOf([file('a', 1), file('b', 2), file('c', 3)]);
        queue.join(1);
        queue.join(2);
        const orders = [queue.take(1), queue.take(2), queue.take(1)].flat();
        expect(orders.map(order => order.path)).to.deep.equal(['a', 'b', 'c']);
        expect(queue.take(2)).to.deep.equal([]);
        expect(queue.isDone).to.equal(false);
        expect(queue.settle(1, orders[0]!.work, done(1)).outcome).to.deep.equal({
            path: 'a',
            kind: 'file',
            sizeBytes: 1,
            result: { type: 'done' }
        });
        queue.settle(2, orders[1]!.work, { result: 'skipped', reason: 'same', sizeBytes: 2 });
        queue.settle(1, orders[2]!.work, failed('transfer.no-space'));
        expect(queue.isDone).to.equal(true);
    });

    it('does not send two entries of one name', () => {
        const queue = queueOf([]);
        expect(queue.add(file('a', 1))).to.equal(true);
        expect(queue.add(file('a', 1))).to.equal(false);
    });

    it('splits what has the size of the threshold, and nothing below it', () => {
        const queue = queueOf([file('at', 60 * MIB), file('below', 60 * MIB - 1)]);
        queue.join(1);
        expect(queue.take(1)[0]!.part).to.deep.equal({ step: 'open', wholeBytes: 60 * MIB });
        expect(queue.take(1)[0]!.part).to.equal(undefined);
        expect(queueOf([file('a', 2 ** 40)], { thresholdBytes: Infinity }).take(1)).to.deep.equal([]);
    });

    it('gives nobody what lies in holes, and counts it neither as moved nor as found', () => {
        const queue = queueOf([file('sparse', 100 * MIB)]);
        queue.join(1);
        const [open] = queue.take(1);
        const outcome = { ...opened(100 * MIB, [0, 10], [20, 100]), holes: [{ start: 20, end: 100 }] };
        const settled = queue.settle(1, open!.work, outcome);
        expect(settled).to.include({
            creditBytes: 90 * MIB,
            resumedBytes: 10 * MIB,
            emptyBytes: 80 * MIB
        });
        const pieces = [queue.take(1)[0]!, queue.take(1)[0]!].map(({ part }) => part);
        expect(pieces).to.deep.equal([
            { step: 'piece', wholeBytes: 100 * MIB, firstChunk: 10, sizeBytes: 8 * MIB, writer: 1001 },
            { step: 'piece', wholeBytes: 100 * MIB, firstChunk: 18, sizeBytes: 2 * MIB, writer: 1001 }
        ]);
    });

    describe('asked for digests', () => {
        const SIZE = 20 * MIB;
        /** Knows a letter for each chunk. */
        const lettersOf = (sizeBytes: number, algorithm: SplitDigest['algorithm']): SplitDigest => {
            const letters = new Array<string>(Math.ceil(sizeBytes / CHUNK)).fill('');
            return {
                algorithm,
                addRun: (first, hashes) => {
                    for (let i = 0; i * 32 < hashes.length; i++) {
                        letters[first + i] = String.fromCharCode(hashes[i * 32]!);
                    }
                },
                addZeros: (from, to) => letters.fill('0', from, to),
                get text() {
                    return letters.includes('') ? undefined : letters.join('');
                }
            };
        };
        const hashesOf = (letter: string, chunks: number): Uint8Array =>
            Buffer.alloc(chunks * 32, letter.charCodeAt(0));

        /** One opens a file of 20 chunks, two bring what is missing of it, one joins it. */
        const split = (
            open: WorkOutcome & { result: 'opened' },
            hashOf: (session: number, chunks: number) => Uint8Array | undefined = (session, chunks) =>
                hashesOf(session === 1 ? 'a' : 'b', chunks),
            algorithm: SplitDigest['algorithm'] = 'sha256'
        ): FileOutcome | undefined => {
            const queue = queueOf([file('big', SIZE)], { thresholdBytes: SIZE, makeDigest: lettersOf });
            queue.join(1, 'sha256');
            queue.join(2, algorithm);
            queue.settle(1, queue.take(1)[0]!.work, open);
            const orders = [1, 2, 1].flatMap(session =>
                queue.take(session).map(order => ({ ...order, session }))
            );
            for (const { session, work, part } of orders.reverse()) {
                if (part?.step === 'join') {
                    return queue.settle(session, work, done()).outcome;
                }
                const bytes = part?.step === 'piece' ? part.sizeBytes : 0;
                queue.settle(session, work, { ...done(), chunkHashes: hashOf(session, bytes / CHUNK) });
            }
            return queue.settle(1, queue.take(1)[0]!.work, done()).outcome;
        };

        it('concludes a split file with one that has the hashes of all pieces at their place', () => {
            const outcome = split(opened(SIZE));
            expect(outcome).to.deep.equal({
                path: 'big',
                kind: 'file',
                sizeBytes: SIZE,
                mtimeNs: 7n,
                digest: 'a'.repeat(8) + 'b'.repeat(8) + 'a'.repeat(4),
                result: { type: 'done' }
            });
        });

        it('counts holes as zeros', () => {
            const holes = [{ start: 3, end: 6 }];
            expect(split({ ...opened(SIZE, [3, 6]), holes })!.digest).to.equal(
                'aaa000' + 'b'.repeat(8) + 'a'.repeat(6)
            );
            const all = [{ start: 0, end: 20 }];
            expect(split({ ...opened(SIZE, [0, 20]), holes: all })!.digest).to.equal('0'.repeat(20));
        });

        it('has none of a file of which an earlier run brought something', () => {
            expect(split(opened(SIZE, [3, 6]))).to.not.have.property('digest');
        });

        it('has none of a file of which a session did not tell the hashes, or told hashes of another kind', () => {
            const bySome = (session: number, chunks: number): Uint8Array | undefined =>
                session === 1 ? hashesOf('a', chunks) : undefined;
            expect(split(opened(SIZE), bySome)).to.not.have.property('digest');
            expect(split(opened(SIZE), undefined, 'blake3')).to.not.have.property('digest');
        });

        it('refuses more or fewer hashes than a piece has chunks; then another session brings it', () => {
            for (const chunks of [7, 9]) {
                const queue = queueOf([file('big', SIZE)], { thresholdBytes: SIZE, makeDigest: lettersOf });
                [1, 2].forEach(session => queue.join(session));
                queue.settle(1, queue.take(1)[0]!.work, opened(SIZE, [8, 20]));
                const [piece] = queue.take(2);
                const outcome = { ...done(), chunkHashes: hashesOf('a', chunks) };
                expect(() => queue.settle(2, piece!.work, outcome)).to.throw('hashes');
                queue.lost(2);
                expect(queue.take(1)[0]!.part).to.include({
                    step: 'piece',
                    firstChunk: 0,
                    sizeBytes: 8 * MIB
                });
            }
        });

        it('begins it anew with the file', () => {
            const queue = queueOf([file('big', SIZE)], { thresholdBytes: SIZE, makeDigest: lettersOf });
            queue.join(1);
            queue.settle(1, queue.take(1)[0]!.work, opened(SIZE, [8, 20]));
            const [piece] = queue.take(1);
            queue.settle(1, piece!.work, { ...done(), chunkHashes: hashesOf('x', 8) });
            queue.settle(1, queue.take(1)[0]!.work, failed('transfer.source-changed'));
            queue.settle(1, queue.take(1)[0]!.work, opened(SIZE, [0, 8]));
            for (const chunks of [8, 4]) {
                const chunkHashes = hashesOf('y', chunks);
                queue.settle(1, queue.take(1)[0]!.work, { ...done(), chunkHashes });
            }
            const { outcome } = queue.settle(1, queue.take(1)[0]!.work, done());
            expect(outcome!.result.type).to.equal('done');
            expect(outcome).to.not.have.property('digest');
        });

        it('tells that of a whole file as it came', () => {
            const queue = queueOf([file('a', 5)]);
            queue.join(1);
            const { outcome } = queue.settle(1, queue.take(1)[0]!.work, {
                ...done(5),
                mtimeNs: 9n,
                digest: 'sha256:00'
            });
            expect(outcome).to.include({ sizeBytes: 5, mtimeNs: 9n, digest: 'sha256:00' });
        });
    });

    it('gives pieces of what is missing only, then one join that names the writers', () => {
        const queue = queueOf([file('big', 100 * MIB + 5)]);
        [1, 2].forEach(session => queue.join(session));
        const [open] = queue.take(2);
        expect(queue.take(1)).to.deep.equal([]);
        const settled = queue.settle(2, open!.work, opened(100 * MIB + 5, [0, 50], [60, 80]));
        expect(settled).to.include({ creditBytes: 70 * MIB, resumedBytes: 70 * MIB, sessionBytes: 0 });
        const pieces: Array<[number, WorkOrder]> = [];
        for (let order = queue.take(1)[0]; order; order = queue.take(1 + (pieces.length % 2))[0]) {
            pieces.push([1 + (pieces.length % 2), order]);
        }
        expect(pieces.map(([, order]) => 'firstChunk' in order.part! && order.part.firstChunk)).to.deep.equal(
            [50, 58, 80, 88, 96]
        );
        pieces.forEach(([session, order]) => queue.settle(session, order.work, done()));
        const [join] = queue.take(1);
        expect(join!.part).to.deep.equal({ step: 'join', wholeBytes: 100 * MIB + 5, writers: [1001, 1002] });
        expect(join!.version).to.deep.equal({ sizeBytes: 100 * MIB + 5, mtimeNs: 7n });
        expect(queue.settle(1, join!.work, done()).outcome!.result.type).to.equal('done');
        expect(queue.isDone).to.equal(true);
    });

    it('lets the others do what a session had that is gone', () => {
        const queue = queueOf([file('a', 1), file('big', 64 * MIB)]);
        [1, 2].forEach(session => queue.join(session));
        queue.take(1);
        const [open] = queue.take(2);
        queue.settle(2, open!.work, opened(64 * MIB));
        const [piece] = queue.take(1);
        queue.lost(1);
        expect(() => queue.settle(1, piece!.work, done())).to.throw('Order');
        const [again] = queue.take(2);
        expect(again!.path).to.equal('a');
        // it may have come in before the session died
        const outcome = queue.settle(2, again!.work, { result: 'skipped', reason: 'same', sizeBytes: 1 });
        expect(outcome.outcome!.result.type).to.equal('done');
        expect(queue.take(2)[0]!.part).to.deep.include({ step: 'piece', firstChunk: 0 });
    });

    describe('told an outcome that does not fit the order, throws and lets another session do it', () => {
        const BIG = 64 * MIB;
        const skipped: WorkOutcome = { result: 'skipped', reason: 'same', sizeBytes: 0 };
        const rows: Array<[string, ListedEntry, WorkOutcome[], WorkOutcome]> = [
            ['a small file opened', file('a', 1), [], opened(1)],
            ['a folder opened', folder('a'), [], opened(1)],
            ['a piece skipped', file('a', BIG), [opened(BIG, [0, 63])], skipped],
            ['a piece opened', file('a', BIG), [opened(BIG, [0, 63])], opened(BIG)],
            ['a join skipped', file('a', BIG), [opened(BIG, [0, 63]), done()], skipped],
            ['a join opened', file('a', BIG), [opened(BIG, [0, 63]), done()], opened(BIG)]
        ];
        for (const [what, entry, before, outcome] of rows) {
            it(what, () => {
                const queue = queueOf([entry]);
                [1, 2].forEach(session => queue.join(session));
                before.forEach(step => queue.settle(2, queue.take(2)[0]!.work, step));
                const [order] = queue.take(2);
                const backlogBytes = queue.backlogBytes(2);
                expect(() => queue.settle(2, order!.work, outcome)).to.throw(/opened|skipped/);
                expect(queue.backlogBytes(2)).to.equal(backlogBytes);
                expect(queue.isDone).to.equal(false);
                queue.lost(2);
                const [again] = queue.take(1);
                expect(again!.part?.step).to.equal(order!.part?.step);
                for (let next = again; next; next = queue.take(1)[0]) {
                    queue.settle(1, next.work, done());
                }
                expect(queue.isDone).to.equal(true);
            });
        }
    });

    it('begins a file anew whose source changed, after its other pieces have ended, and not for ever', () => {
        const queue = queueOf([file('big', 64 * MIB)]);
        queue.join(1);
        for (let attempt = 1; attempt <= 3; attempt++) {
            const [open] = queue.take(1);
            expect(open!.part!.step).to.equal('open');
            queue.settle(1, open!.work, opened(64 * MIB, [0, 1]));
            const [first] = queue.take(1);
            const [second] = queue.take(1);
            expect(queue.settle(1, first!.work, failed('transfer.source-changed')).outcome).to.equal(
                undefined
            );
            expect(queue.take(1)).to.deep.equal([]);
            const last = queue.settle(1, second!.work, done());
            expect(last.creditBytes).to.equal(-MIB);
            expect(last.outcome?.result.type).to.equal(attempt < 3 ? undefined : 'failed');
        }
        expect(queue.isDone).to.equal(true);
    });

    it('gives up a file at once when trying again is of no use', () => {
        const queue = queueOf([file('big', 64 * MIB)]);
        queue.join(1);
        const settled = queue.settle(1, queue.take(1)[0]!.work, failed('transfer.no-space'));
        expect(settled.outcome!.result.type).to.equal('failed');
    });

    it('tells every session of the folders above a file once, and their times to one at the end', () => {
        const queue = queueOf([
            folder('d'),
            folder('d/e'),
            folder('empty'),
            file('d/e/f', 1),
            file('d/g', 1)
        ]);
        [1, 2].forEach(session => queue.join(session));
        const first = queue.take(1);
        expect(first.map(order => [order.path, order.work > 0])).to.deep.equal([
            ['d', false],
            ['d/e', false],
            ['d/e/f', true]
        ]);
        const second = queue.take(2);
        expect(second.map(order => order.path)).to.deep.equal(['d', 'd/g']);
        queue.settle(1, first[2]!.work, done(1));
        expect(queue.take(1)).to.deep.equal([]);
        queue.settle(2, second[1]!.work, done(1));
        const last = [queue.take(2), queue.take(2), queue.take(1)].flat();
        expect(last.map(order => order.path)).to.deep.equal(['d', 'd/e']);
        queue.lost(2);
        const again = [queue.take(1), queue.take(1), queue.take(1)].flat();
        expect(again.map(order => order.path)).to.deep.equal(['d', 'd/e', 'empty']);
        again.forEach(order => queue.settle(1, order.work, done()));
        expect(queue.isDone).to.equal(true);
    });

    it('leaves files that are called like unfinished ones for later', () => {
        const queue = queueOf([file('a.partial', 1), file('a', 1)]);
        queue.join(1);
        const [order] = queue.take(1);
        expect(order!.path).to.equal('a');
        expect(queue.take(1)).to.deep.equal([]);
        queue.settle(1, order!.work, done(1));
        expect(queue.take(1)[0]!.path).to.equal('a.partial');
    });

    it('gives every chunk of every file exactly once, or again only when its session is gone', () => {
        const sizes = fc.array(fc.integer({ min: 0, max: 300 }), { minLength: 1, maxLength: 12 });
        fc.assert(
            fc.property(sizes, fc.integer({ min: 1, max: 5 }), fc.nat(), (mebibytes, sessions, seed) => {
                new Playthrough(mebibytes, sessions, seed).run();
            }),
            { seed: 10, numRuns: 40 }
        );
    });
});

/** Sessions that take, settle and die in any order. */
class Playthrough {
    private readonly random: () => number;
    private readonly queue: WorkQueue;
    private readonly live = new Map<number, WorkOrder[]>();
    private readonly holder = new Map<string, number>();
    private readonly outcomes: FileOutcome[] = [];
    private nextSession: number;
    private bytes = 0;

    constructor(
        private readonly mebibytes: readonly number[],
        sessions: number,
        seed: number
    ) {
        const random = seededRandom(seed);
        this.random = () => random.nextFloat();
        this.queue = queueOf(
            mebibytes.map((size, index) => file(`f${index}`, size * MIB)),
            { sessions }
        );
        this.nextSession = sessions + 1;
        for (let session = 1; session <= sessions; session++) {
            this.queue.join(session);
            this.live.set(session, []);
        }
    }

    run(): void {
        while (!this.queue.isDone) {
            const ids = [...this.live.keys()];
            const session = ids[Math.floor(this.random() * ids.length)]!;
            const dice = this.random();
            if (dice < 0.45) {
                this.queue.take(session).forEach(order => this.take(session, order));
            } else if (dice < 0.97) {
                this.settle(session);
            } else {
                this.kill(session);
            }
        }
        expect(this.outcomes.map(outcome => outcome.path).sort()).to.deep.equal(
            this.mebibytes.map((_, index) => `f${index}`).sort()
        );
        expect(this.bytes).to.equal(this.mebibytes.reduce((sum, size) => sum + size * MIB, 0));
    }

    private chunksOf(order: WorkOrder): string[] {
        const size = this.mebibytes[Number(order.path.slice(1))]!;
        if (order.part?.step === 'piece') {
            const { firstChunk } = order.part;
            const end = firstChunk + this.pieceChunks(order);
            return Array.from({ length: end - firstChunk }, (_, i) => `${order.path} ${firstChunk + i}`);
        }
        return order.part ? [] : Array.from({ length: size }, (_, i) => `${order.path} ${i}`);
    }

    private readonly lengths = new Map<number, number>();

    private pieceChunks(order: WorkOrder): number {
        return this.lengths.get(order.work)!;
    }

    private take(session: number, order: WorkOrder): void {
        if (order.part?.step === 'piece') {
            this.lengths.set(order.work, order.part.sizeBytes / MIB);
        }
        for (const chunk of this.chunksOf(order)) {
            expect(this.holder.get(chunk), `${chunk} is with somebody`).to.equal(undefined);
            this.holder.set(chunk, session);
        }
        if (order.part?.step === 'join') {
            const size = this.mebibytes[Number(order.path.slice(1))]!;
            for (let chunk = 0; chunk < size; chunk++) {
                expect(this.holder.get(`${order.path} ${chunk}`)).to.equal(0);
            }
        }
        this.live.get(session)!.push(order);
    }

    private settle(session: number): void {
        const order = this.live.get(session)!.shift();
        if (!order) {
            return;
        }
        const size = this.mebibytes[Number(order.path.slice(1))]! * MIB;
        const outcome = order.part?.step === 'open' ? opened(size) : done(order.part ? 0 : size);
        const settlement = this.queue.settle(session, order.work, outcome);
        this.bytes += settlement.creditBytes;
        this.outcomes.push(...(settlement.outcome ? [settlement.outcome] : []));
        this.chunksOf(order).forEach(chunk => this.holder.set(chunk, 0));
    }

    private kill(session: number): void {
        const { creditBytes, outcomes } = this.queue.lost(session);
        this.bytes += creditBytes;
        this.outcomes.push(...outcomes);
        this.live
            .get(session)!
            .forEach(order => this.chunksOf(order).forEach(chunk => this.holder.delete(chunk)));
        this.live.delete(session);
        const replacement = this.nextSession++;
        this.queue.join(replacement);
        this.live.set(replacement, []);
    }
}
