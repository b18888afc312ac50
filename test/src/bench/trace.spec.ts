import { expect } from 'chai';
import { parseTrace } from './trace';

describe('trace of the emulator', () => {
    it('gives counters of the way from client to server', () => {
        expect(parseTrace('1000000 10 20 30 0 0 0\n1020000 11 21 31 9 9 9\n')).to.deep.equal({
            offered: [
                { atMs: 1000, bytes: 10 },
                { atMs: 1020, bytes: 11 }
            ],
            tcpOut: [
                { atMs: 1000, bytes: 20 },
                { atMs: 1020, bytes: 21 }
            ],
            udpOut: [
                { atMs: 1000, bytes: 30 },
                { atMs: 1020, bytes: 31 }
            ]
        });
    });

    it('leaves out a line that is being written', () => {
        expect(parseTrace('1000000 10 20 30 0 0 0\n1020000 11').offered).to.have.length(1);
        expect(parseTrace('').offered).to.deep.equal([]);
    });

    it('begins anew where the counters were reset', () => {
        const text =
            '1000000 500 0 0 0 0 0\n1020000 600 0 0 0 0 0\n1040000 7 0 0 0 0 0\n1060000 8 0 0 0 0 0\n';
        expect(parseTrace(text).offered.map(({ bytes }) => bytes)).to.deep.equal([7, 8]);
    });
});
