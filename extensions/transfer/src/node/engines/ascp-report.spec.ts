import { expect } from 'chai';
import { AscpFacts, AscpReport, type ReportedTask } from './ascp-report';

const task: ReportedTask = {
    direction: 'send',
    sources: ['/home/u/tree', '/home/u/one'],
    destination: '/in',
    overwrite: 'diff'
};
const TOTALS = { Type: 'NOTIFICATION', PreTransferBytes: '1000', PreTransferFiles: '3' };

describe('report of a run of ascp', () => {
    it('takes what crossed the network, was there, or was skipped for the bytes at the target', () => {
        const report = new AscpReport(task);
        report.take(TOTALS);
        report.take({ Type: 'SKIP', File: '/home/u/one', Size: '100' });
        const stats = { Type: 'STATS', TransferBytes: '300', StartByte: '200', Elapsedusec: '1000000' };
        expect(report.take({ ...stats, File: '/home/u/tree/a' })).to.deep.equal({ kind: 'progress' });
        expect(report.progress).to.deep.equal({
            ...{ bytesDone: 600, bytesTotal: 1000, scanComplete: true, bytesSent: 300, rateBps: 2400 },
            ...{ filesDone: 0, filesTotal: 3, filesFailed: 0, filesSkipped: 1, currentFile: 'tree/a' }
        });
        // half of it in the next half second
        report.take({ ...stats, TransferBytes: '450', Elapsedusec: '1500000' });
        expect(report.progress.rateBps).to.equal(2400);
        report.take({ Type: 'STOP', File: '/home/u/tree/a', Size: '900' });
        report.take({ Type: 'DONE', TransferBytes: '700', StartByte: '200' });
        expect(report.done).to.equal(true);
        expect(report.progress).to.deep.include({
            ...{ bytesDone: 1000, bytesTotal: 1000, filesDone: 1, filesTotal: 2, rateBps: 0 }
        });
    });

    it('goes neither back nor beyond', () => {
        const report = new AscpReport(task);
        report.take({ Type: 'STATS', TransferBytes: '500', Elapsedusec: '10' });
        expect(report.progress).to.include({ bytesDone: 500, bytesTotal: 500, scanComplete: false });
        report.take({ Type: 'STATS', TransferBytes: '100', Elapsedusec: '20' });
        expect(report.progress).to.include({ bytesDone: 500, rateBps: 0 });
        report.take({ Type: 'STATS', TransferBytes: 'many', Elapsedusec: '-1' });
        expect(report.progress.bytesDone).to.equal(500);
    });

    it('tells files that fail, and fails at the end with them', () => {
        const report = new AscpReport(task);
        const event = report.take({ Type: 'FILEERROR', File: '/home/u/one', Code: '5', Description: 'no' });
        expect(event).to.have.property('kind', 'file-failed');
        expect(report.failures[0]).to.have.property('path', 'one');
        expect(report.failures[0]!.error).to.include({ code: 'transfer.permission-denied', message: 'no' });
        report.take({ Type: 'DONE' });
        expect(report.done).to.equal(false);
        expect(report.error).to.have.property('code', 'transfer.some-files-failed');
    });

    it('tells of what exists where somebody is to be asked', () => {
        const asking = { ...task, overwrite: 'report' } as const;
        const report = new AscpReport(asking);
        const frame = { Type: 'SKIP', File: '/home/u/one', Size: '5' };
        expect(report.take(frame)).to.have.property('kind', 'file-failed');
        expect(new AscpFacts(asking).read(frame)).to.deep.equal({});
        report.take({ Type: 'DONE' });
        expect(report.failures[0]!.error.code).to.equal('transfer.target-differs');
        expect(report.error).to.have.property('code', 'transfer.some-files-failed');
    });

    it('ends with what ascp says ended it', () => {
        const report = new AscpReport(task);
        report.take({ Type: 'ERROR', Code: '15', Description: 'Data transfer timeout' });
        expect(report.error).to.include({ code: 'transfer.udp-blocked', message: 'Data transfer timeout' });
    });

    for (const [adaptive, priority, policy] of [
        ['Fixed', '2', 'fixed'],
        ['Adaptive', '1', 'high'],
        ['Adaptive', '2', 'fair'],
        ['Trickle', '2', 'low']
    ] as const) {
        it(`reads ${adaptive} ${priority} as ${policy}`, () => {
            const rate = { Rate: '5000', MinRate: '10', Adaptive: adaptive, Priority: priority };
            const rules = { RateCap: '8000', RateLock: 'Yes', PolicyLock: 'No' };
            expect(new AscpReport(task).take({ Type: 'SESSION', ...rate, ...rules })).to.deep.equal({
                kind: 'rate',
                rate: {
                    ...{ targetBps: 5e6, minBps: 1e4, maxBps: 8e6, policy },
                    ...{ isTargetLocked: true, isPolicyLocked: false }
                }
            });
        });
    }

    it('tells watchers of files by their path below the destination, and how the bytes travel', () => {
        const facts = new AscpFacts(task);
        expect(facts.read({ Type: 'SESSION', Port: '33001' }).statistics?.path).to.deep.equal({
            ...{ kind: 'udp', port: 33001, sessions: 1 }
        });
        expect(facts.read({ Type: 'STOP', File: '/home/u/tree/x/y', Size: '7' }).file).to.deep.equal({
            ...{ path: 'tree/x/y', sizeBytes: 7, result: 'done', reason: 'unverified' }
        });
        expect(facts.read({ Type: 'STOP', File: '/in/tree/z', Size: '7' }).file?.path).to.equal('tree/z');
        const skip = { Type: 'SKIP', File: '/home/u/one', Size: '7', Description: 'same' };
        expect(facts.read(skip).file).to.deep.include({ path: 'one', result: 'skipped', reason: 'same' });
        expect(facts.read({ Type: 'STATS', TransferBytes: '9' }).statistics?.bytesArrived).to.equal(9);
    });
});
