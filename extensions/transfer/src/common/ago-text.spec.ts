import { expect } from 'chai';
import { agoText } from './ago-text';

describe('how long ago something was', () => {
    const HOUR_S = 3600;
    for (const [seconds, text] of [
        [-5, 'just now'],
        [59, 'just now'],
        [60, '1 min ago'],
        [HOUR_S - 1, '59 min ago'],
        [HOUR_S, '1 h ago'],
        [24 * HOUR_S - 1, '23 h ago'],
        [50 * HOUR_S, '2 d ago']
    ] as const) {
        it(`${seconds} s: ${text}`, () => expect(agoText(seconds * 1000)).to.equal(text));
    }
});
