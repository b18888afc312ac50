import { expect } from 'chai';
import { SendQueue } from './send-queue';
import { DATA_STREAM, META_STREAM, StreamSlice } from './types';

const slice = (offset: number, length: number): StreamSlice => ({ stream: DATA_STREAM, offset, length });

function acknowledge(queue: SendQueue, start: number, end: number): Array<[number, number]> {
    const told: Array<[number, number]> = [];
    queue.acknowledge(start, end, ({ offset, length }) => told.push([offset, offset + length]));
    return told;
}

describe('SendQueue', () => {
    it('gives new bytes in the order of the offers, in blocks that end with their offer', () => {
        const queue = new SendQueue(DATA_STREAM);
        queue.offer(5000, 5250);
        queue.offer(0, 80);
        queue.offer(80, 100);
        const blocks = Array.from({ length: 6 }, () => queue.takeFresh(100));
        expect(blocks).to.deep.equal([
            slice(5000, 100),
            slice(5100, 100),
            slice(5200, 50),
            slice(0, 80),
            slice(80, 20),
            undefined
        ]);
    });

    it('joins offers of records that touch', () => {
        const queue = new SendQueue(META_STREAM);
        queue.offer(0, 30);
        queue.offer(30, 60);
        expect(queue.takeFresh(100)).to.deep.equal({ stream: META_STREAM, offset: 0, length: 60 });
    });

    it('keeps thousands of offers in order', () => {
        const queue = new SendQueue(DATA_STREAM);
        let taken = 0;
        for (let i = 0; i < 5000; i++) {
            queue.offer(i * 20, i * 20 + 10);
            if (i % 3 === 0) {
                expect(queue.takeFresh(100)).to.deep.equal(slice(taken++ * 20, 10));
            }
        }
        for (; taken < 5000; taken++) {
            expect(queue.takeFresh(100)).to.deep.equal(slice(taken * 20, 10));
        }
        expect(queue.maySend).to.equal(false);
    });

    it('gives a lost block as it was, unless it was acknowledged meanwhile', () => {
        const queue = new SendQueue(DATA_STREAM);
        queue.offer(0, 300);
        queue.addLost(100, 100);
        queue.addLost(0, 100);
        acknowledge(queue, 100, 200);
        expect(queue.takeLost(100)).to.deep.equal(slice(0, 100));
        expect(queue.takeLost(100)).to.equal(undefined);
    });

    it('gives a lost block in pieces when packets have become smaller', () => {
        const queue = new SendQueue(DATA_STREAM);
        queue.offer(0, 100);
        queue.addLost(0, 100);
        acknowledge(queue, 10, 20);
        const pieces = [queue.takeLost(60), queue.takeLost(60), queue.takeLost(60), queue.takeLost(60)];
        expect(pieces).to.deep.equal([slice(0, 10), slice(20, 60), slice(80, 20), undefined]);
    });

    it('tells each acknowledged byte once and is idle when all are', () => {
        const queue = new SendQueue(DATA_STREAM);
        queue.offer(0, 100);
        expect(acknowledge(queue, 20, 50)).to.deep.equal([[20, 50]]);
        expect(acknowledge(queue, 0, 60)).to.deep.equal([
            [0, 20],
            [50, 60]
        ]);
        expect(queue.isIdle).to.equal(false);
        expect(acknowledge(queue, 0, 1000)).to.deep.equal([[60, 100]]);
        expect(queue.isIdle).to.equal(true);
    });
});
