import { expect } from 'chai';
import { SmallMap } from './small-map';

describe('a small map', () => {
    it('does what a map does, with none, one and several entries', () => {
        const small = new SmallMap<string>();
        const map = new Map<number, string>();
        const steps = [
            'set 3',
            'set 3',
            'delete 4',
            'delete 3',
            'set 0',
            'set 7',
            'set 0',
            'delete 0',
            'delete 7'
        ];
        for (const [i, step] of [...steps, 'set 2', 'set 1', 'clear', 'set 5'].entries()) {
            const [action, key] = step.split(' ');
            if (action === 'set') {
                small.set(Number(key), `value ${i}`);
                map.set(Number(key), `value ${i}`);
            } else if (action === 'delete') {
                small.delete(Number(key));
                map.delete(Number(key));
            } else {
                small.clear();
                map.clear();
            }
            expect(small.size, step).to.equal(map.size);
            expect(small.entries(), step).to.deep.equal([...map]);
            for (let other = 0; other < 9; other++) {
                expect(small.has(other), step).to.equal(map.has(other));
                expect(small.get(other), step).to.equal(map.get(other));
            }
        }
    });
});
