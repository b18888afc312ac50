import type { TransferProgress } from '@connect/api';
import { expect } from 'chai';
import { checkingFacts, isAllSkipped, isChecking, overAllRuns } from './job-record';

const PROGRESS: TransferProgress = {
    ...{ bytesDone: 0, bytesTotal: 100, scanComplete: true, bytesSent: 0, rateBps: 0, currentFile: '' },
    ...{ filesDone: 1, filesTotal: 5, filesFailed: 0, filesSkipped: 4 }
};

describe('what the progress of a run means for its job', () => {
    it('checks existing data until payload is sent, where there is something to check', () => {
        expect(isChecking(PROGRESS, 1, 'ask'), 'of an earlier run').to.equal(true);
        expect(isChecking(PROGRESS, 0, 'resume')).to.equal(true);
        expect(isChecking(PROGRESS, 0, 'if-different')).to.equal(true);
        expect(isChecking(PROGRESS, 0, 'ask'), 'nothing to check').to.equal(false);
        const film = { ...PROGRESS, bytesTotal: 1e12 };
        expect(isChecking({ ...film, bytesSent: 32e6 }, 0, 'resume'), 'hashes').to.equal(true);
        expect(isChecking({ ...film, bytesSent: 200e6 }, 0, 'resume')).to.equal(false);
        expect(isChecking({ ...PROGRESS, bytesSent: 100_000 }, 1, 'resume')).to.equal(false);
        const scanning = { ...PROGRESS, filesTotal: 0, scanComplete: false };
        expect(isChecking(scanning, 1, 'resume'), 'before anything is known').to.equal(false);
    });

    it('knows how far that is for one file, until all of it was compared here', () => {
        const one = { ...PROGRESS, filesTotal: 1 };
        const percentOf = (progress: TransferProgress): number | undefined =>
            checkingFacts(progress).checkedPercent;
        expect(checkingFacts(one)).to.deep.equal({ checking: true });
        expect(percentOf({ ...one, compared: { bytes: 439, of: 1000 } })).to.equal(43);
        expect(percentOf({ ...one, compared: { bytes: 999, of: 1000 } })).to.equal(99);
        expect(percentOf({ ...one, compared: { bytes: 0, of: 1000 } }), 'the other end reads').to.equal(
            undefined
        );
        expect(percentOf({ ...one, compared: { bytes: 1000, of: 1000 } })).to.equal(undefined);
        expect(percentOf({ ...PROGRESS, compared: { bytes: 439, of: 1000 } }), 'of many').to.equal(undefined);
    });

    it('counts as brought what earlier runs brought, and no more than this one passed over', () => {
        expect(overAllRuns(PROGRESS, 3)).to.include({ filesDone: 4, filesSkipped: 1 });
        expect(overAllRuns(PROGRESS, 9)).to.include({ filesDone: 5, filesSkipped: 0 });
        expect(overAllRuns(PROGRESS, 0)).to.deep.equal(PROGRESS);
    });

    it('is skipped when it brought nothing and left something', () => {
        expect(isAllSkipped({ filesDone: 0, filesSkipped: 1 })).to.equal(true);
        expect(isAllSkipped({ filesDone: 1, filesSkipped: 1 })).to.equal(false);
        expect(isAllSkipped({ filesDone: 0, filesSkipped: 0 }), 'an empty folder').to.equal(false);
    });
});
