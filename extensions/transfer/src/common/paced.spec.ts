import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { expect } from 'chai';
import { Paced } from './paced';

describe('Paced', () => {
    it('works at once, then at most once in its time, and never forgets the last request', () => {
        const clock = new VirtualClock();
        const times: number[] = [];
        const paced = new Paced(clock, 500, () => times.push(clock.now()));
        paced.request();
        for (let i = 0; i < 100; i++) {
            clock.advance(13);
            paced.request();
        }
        clock.advance(10_000);
        expect(times.slice(0, 3)).to.deep.equal([0, 500, 1000]);
        expect(times).to.have.length(4);
        paced.request();
        expect(times).to.have.length(5);
    });

    it('does nothing more once it is disposed of', () => {
        const clock = new VirtualClock();
        let count = 0;
        const paced = new Paced(clock, 500, () => count++);
        paced.request();
        paced.request();
        paced.dispose();
        clock.advance(1_000);
        expect(count).to.equal(1);
    });
});
