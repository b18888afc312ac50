import { expect } from 'chai';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { EntryWindow } from './entry-window';

describe('EntryWindow', () => {
    const most = 10_000;
    let clock: VirtualClock;
    let window: EntryWindow;
    beforeEach(() => {
        clock = new VirtualClock();
        window = new EntryWindow(most, clock);
    });

    function room(of = window): number {
        let entries = 0;
        while (of.hasRoom(entries)) {
            entries += 1;
        }
        return entries;
    }

    it('lets a hundred entries go ahead at once', () => {
        expect(room()).to.equal(100);
    });

    it('makes room with time, so that a long path is filled before the first result', () => {
        room();
        clock.advance(100);
        expect(room()).to.equal(1100);
        clock.advance(5000);
        expect(room()).to.equal(most);
    });

    it('counts time from the first question on', () => {
        clock.advance(100);
        expect(room()).to.equal(100);
    });

    it('makes room with each result, beside the place that is free again', () => {
        for (let i = 0; i < 700; i++) {
            window.onResult();
        }
        expect(room()).to.equal(800);
    });

    it('is never larger than it may be', () => {
        for (let i = 0; i < most; i++) {
            window.onResult();
        }
        expect(room()).to.equal(most);
        expect(room(new EntryWindow(3, clock))).to.equal(3);
    });

    it('tells who waits that a result or time has made room', async () => {
        room();
        let changes = 0;
        const wait = async (): Promise<void> => {
            await window.change();
            changes += 1;
        };
        const first = wait();
        window.onResult();
        await first;
        const second = wait();
        clock.advance(5);
        await second;
        expect(changes).to.equal(2);
        expect(clock.nextDueMs()).to.equal(undefined);
    });

    it('waits for a result only when it is as large as it may be', async () => {
        const small = new EntryWindow(1, clock);
        const change = small.change();
        expect(clock.nextDueMs()).to.equal(undefined);
        small.onResult();
        await change;
    });

    it('lets those who wait go at the end', async () => {
        const change = window.change();
        window.release();
        await change;
    });
});
