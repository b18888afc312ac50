import { formatRate } from '@connect/base';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { MOST_BPS, parseTypedRate } from './typed-rate';

const CASES: ReadonlyArray<readonly [string, number | undefined]> = [
    ['300 Mbps', 300e6],
    ['300', 300e6],
    ['1.5G', 1.5e9],
    ['1,5 Gbit/s', 1.5e9],
    ['  64 kbps ', 64e3],
    ['0.5', 500e3],
    ['500 bps', 500],
    ['10 Mb/s', 10e6],
    ['0', 0],
    ['100 Gbps', MOST_BPS],
    ['101 Gbps', undefined],
    ['-5', undefined],
    ['', undefined],
    ['fast', undefined],
    ['3 Mbps please', undefined],
    ['1.2.3', undefined],
    ['5 T', undefined]
];

describe('typed rate', () => {
    for (const [text, rate] of CASES) {
        it(`takes "${text}" for ${rate ?? 'no rate'}`, () => expect(parseTypedRate(text)).to.equal(rate));
    }

    it('reads back what is shown, to three digits', () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 9e10 }), rate => {
                const back = parseTypedRate(formatRate(rate))!;
                expect(Math.abs(back - rate)).to.be.at.most(rate * 0.006);
            })
        );
    });
});
