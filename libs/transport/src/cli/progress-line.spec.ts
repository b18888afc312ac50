import { expect } from 'chai';
import { FileProgress } from '../node/transfer-types';
import { printable, progressLine } from './progress-line';
import { RateMeter } from './rate-meter';

const progress = (changes: Partial<FileProgress>): FileProgress => ({
    bytesDone: 50_000_000,
    bytesTotal: 200_000_000,
    scanComplete: true,
    filesDone: 3,
    filesTotal: 10,
    filesFailed: 0,
    filesSkipped: 0,
    currentFile: 'holiday/beach.mov',
    ...changes
});

describe('progress line', () => {
    const cases: ReadonlyArray<readonly [string, FileProgress, number, number, string]> = [
        [
            'shows share, bytes, files, rate, time left and name',
            progress({}),
            100e6,
            120,
            ' 25%  50 MB of 200 MB  3/10 files  100 Mbps  0:12 left  holiday/beach.mov'
        ],
        [
            'promises no share and no time while folders are scanned',
            progress({ scanComplete: false }),
            100e6,
            120,
            ' ...  50 MB of 200 MB  3/10 files  100 Mbps  holiday/beach.mov'
        ],
        [
            'knows no time left while nothing moves',
            progress({ filesTotal: 1 }),
            0,
            120,
            ' 25%  50 MB of 200 MB  0 bps  holiday/beach.mov'
        ],
        [
            'says 100% only when it is all',
            progress({ bytesDone: 199_999_999, filesTotal: 1 }),
            1e6,
            120,
            ' 99%  200 MB of 200 MB  1 Mbps  0:00 left  holiday/beach.mov'
        ],
        [
            'keeps the end of a long name',
            progress({ filesTotal: 1 }),
            100e6,
            60,
            ' 25%  50 MB of 200 MB  100 Mbps  0:12 left  …iday/beach.mov'
        ],
        [
            'drops the name where there is no room',
            progress({ filesTotal: 1 }),
            100e6,
            50,
            ' 25%  50 MB of 200 MB  100 Mbps  0:12 left'
        ]
    ];
    for (const [description, state, rateBps, columns, expected] of cases) {
        it(description, () => {
            const line = progressLine(state, rateBps, columns);
            expect(line).to.equal(expected);
            expect([...line].length).to.be.below(columns);
        });
    }

    it('never lets a name move the cursor', () => {
        expect(printable('a\u001b[2Jb\nc\u202ed\udc80e')).to.equal('a?[2Jb?c?d?e');
        expect(printable('Ärger 🎈')).to.equal('Ärger 🎈');
    });
});

describe('RateMeter', () => {
    it('gives the rate over its window', () => {
        const meter = new RateMeter(2000);
        expect(meter.rateBps).to.equal(0);
        for (let ms = 0; ms <= 10_000; ms += 250) {
            meter.add(ms, ms < 5000 ? 0 : (ms - 5000) * 1000);
        }
        expect(meter.rateBps).to.equal(8e6);
    });
});
