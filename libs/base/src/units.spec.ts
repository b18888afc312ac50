import { expect } from 'chai';
import { ConnectError } from './connect-error';
import { formatCount, formatDuration, formatRate, formatSize, parseRateBps } from './units';

describe('units', () => {
    const rates: Array<[string, number]> = [
        ['300M', 300e6],
        ['1.5G', 1.5e9],
        ['64k', 64e3],
        ['50000', 50e6]
    ];
    for (const [text, expected] of rates) {
        it(`reads ${text} as ${expected} bit/s`, () => expect(parseRateBps(text)).to.equal(expected));
    }
    for (const text of ['', 'fast', '-1M', '1T', '3 00M']) {
        it(`refuses "${text}" as a rate`, () => {
            expect(() => parseRateBps(text))
                .to.throw(ConnectError)
                .with.property('code', 'usage');
        });
    }
    it('writes rates and sizes with decimal prefixes and three digits at most', () => {
        expect([0, 999, 9_990_000, 612_345_678].map(formatRate)).to.deep.equal([
            '0 bps',
            '999 bps',
            '9.99 Mbps',
            '612 Mbps'
        ]);
        expect([5, 60_000_000, 8_100_000_000, 999_960].map(formatSize)).to.deep.equal([
            '5 B',
            '60 MB',
            '8.1 GB',
            '1 MB'
        ]);
    });
    it('writes counts with commas between thousands', () => {
        expect([0, 999, 1000, 98_765, 1_000_000, 12_345_678].map(formatCount)).to.deep.equal([
            '0',
            '999',
            '1,000',
            '98,765',
            '1,000,000',
            '12,345,678'
        ]);
    });
    it('writes durations as clocks and unknown ones as nothing', () => {
        expect([100_000, 7_389_000, undefined, Infinity].map(formatDuration)).to.deep.equal([
            '1:40',
            '2:03:09',
            '',
            ''
        ]);
    });
});
