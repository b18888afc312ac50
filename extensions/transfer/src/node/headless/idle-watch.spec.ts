import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { expect } from 'chai';
import { IdleWatch } from './idle-watch';

describe('watch for idleness', () => {
    const watch = (idleMs: number | undefined): { clock: VirtualClock; idle: IdleWatch; times: number[] } => {
        const clock = new VirtualClock();
        const times: number[] = [];
        return { clock, times, idle: new IdleWatch(clock, idleMs, () => times.push(clock.now())) };
    };

    it('tells once nothing was to do for the whole time', () => {
        const { clock, idle, times } = watch(100);
        const begin = clock.now();
        idle.update(false);
        clock.advance(60);
        idle.update(true);
        clock.advance(200);
        idle.update(false);
        clock.advance(60);
        idle.update(false);
        clock.advance(39);
        expect(times).to.deep.equal([]);
        clock.advance(1);
        expect(times).to.deep.equal([begin + 360]);
    });

    it('never tells when it is not to, or when it is over', () => {
        const never = watch(undefined);
        never.idle.update(false);
        never.clock.advance(1e9);
        const over = watch(100);
        over.idle.update(false);
        over.idle.dispose();
        over.idle.update(false);
        over.clock.advance(1e9);
        expect([...never.times, ...over.times]).to.deep.equal([]);
    });
});
