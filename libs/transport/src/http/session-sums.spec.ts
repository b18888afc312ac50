import { expect } from 'chai';
import { NOTHING_YET } from '../node/transfer-types';
import { ConnectionStats } from '../proto/types';
import { addStats, latestProgress } from './session-sums';

const stats = (sent: number, smoothedRttMs: number): ConnectionStats => ({
    packetsSent: 1,
    packetsLost: 0,
    packetsReceived: 0,
    packetsDuplicate: 0,
    packetsMissing: 0,
    streamBytesSent: sent,
    streamBytesRetransmitted: 1,
    streamBytesAcknowledged: 2,
    streamBytesReceived: 3,
    bytesInFlight: 4,
    smoothedRttMs,
    minRttMs: 5,
    sendRateBps: 6,
    lastHeardMs: 7
});

describe('sums over the sessions of a run', () => {
    it('add counters and take moments from the later one', () => {
        const sum = addStats(stats(10, 1), stats(20, 2))!;
        expect(sum).to.include({ streamBytesSent: 30, packetsSent: 2, smoothedRttMs: 2, bytesInFlight: 4 });
        expect(addStats(undefined, stats(5, 1))?.streamBytesSent).to.equal(5);
        expect(addStats(stats(5, 1), undefined)?.streamBytesSent).to.equal(5);
        expect(addStats(undefined, undefined)).to.equal(undefined);
    });

    it('never go back', () => {
        const before = { ...NOTHING_YET, bytesDone: 9, bytesTotal: 10, scanComplete: true, currentFile: 'a' };
        expect(latestProgress(before, NOTHING_YET)).to.deep.equal(before);
        const after = { ...before, bytesDone: 10, filesDone: 1, currentFile: 'b' };
        expect(latestProgress(before, after)).to.deep.equal(after);
    });
});
