import { expect } from 'chai';
import { RunReport } from './run-report';

describe('report of a run', () => {
    it('adds up statistics and keeps what a frame leaves out', () => {
        const report = new RunReport();
        report.take({
            Type: 'NOTIFICATION',
            PreTransferBytes: '900',
            PreTransferFiles: '3',
            'X-ScanComplete': 'No'
        });
        expect(report.progress).to.include({ bytesTotal: 900, filesTotal: 3, scanComplete: false });
        report.take({
            Type: 'STATS',
            Bytescont: '300',
            Rate: '612000',
            TransfersPassed: '1',
            File: 'a',
            'X-BytesSent': '310'
        });
        report.take({ Type: 'STATS', Bytescont: '600', 'X-ScanComplete': 'Yes' });
        expect(report.progress).to.deep.equal({
            bytesDone: 600,
            bytesTotal: 900,
            scanComplete: true,
            filesDone: 1,
            filesTotal: 3,
            filesFailed: 0,
            filesSkipped: 0,
            bytesSent: 310,
            rateBps: 0,
            currentFile: 'a'
        });
        report.take({ Type: 'STATS', 'X-BytesCompared': '43', 'X-BytesToCompare': '100' });
        expect(report.progress.compared).to.deep.equal({ bytes: 43, of: 100 });
        report.take({ Type: 'STATS' });
        expect(report.progress.compared).to.equal(undefined);
        expect(report.done).to.equal(false);
        report.take({ Type: 'DONE', Bytescont: '900' });
        expect([report.done, report.error]).to.deep.equal([true, undefined]);
    });

    it('takes a rate change for no change of totals', () => {
        const report = new RunReport();
        report.take({ Type: 'NOTIFICATION', PreTransferBytes: '9', PreTransferFiles: '1' });
        expect(report.take({ Type: 'NOTIFICATION', Rate: '1000' })).to.deep.equal({ kind: 'other' });
        expect(report.progress.bytesTotal).to.equal(9);
    });

    const errors: Array<[string, Record<string, string>, string]> = [
        [
            'the name of the failure',
            { Code: '12', 'X-Code': 'transfer.host-unknown' },
            'transfer.host-unknown'
        ],
        ['the number, where there is no name', { Code: '14' }, 'transfer.udp-blocked'],
        ['neither', { Code: '9999' }, 'internal'],
        ['a name of a later version', { Code: '25', 'X-Code': 'transfer.unheard-of' }, 'transfer.no-space']
    ];
    for (const [description, fields, code] of errors) {
        it(`reads ${description}`, () => {
            const report = new RunReport();
            report.take({ Type: 'ERROR', Description: 'why', ...fields });
            expect(report.error).to.include({ code, message: 'why' });
        });
    }

    it('collects failed files, some hundreds at most', () => {
        const report = new RunReport();
        for (let i = 0; i < 2000; i++) {
            report.take({ Type: 'FILEERROR', File: `f${i}`, Code: '5', Description: 'no' });
        }
        expect(report.failures.length).to.be.within(100, 1000);
        expect(report.failures[0].error.code).to.equal('transfer.permission-denied');
    });

    it('tells the rate that holds, and what of it the server decides', () => {
        const fields = { Rate: '30000', MinRate: '0', 'X-Policy': 'low' };
        const plain = {
            targetBps: 30e6,
            minBps: 0,
            policy: 'low',
            isTargetLocked: false,
            isPolicyLocked: false
        };
        expect(new RunReport().take({ Type: 'SESSION', ...fields })).to.deep.equal({
            kind: 'rate',
            rate: plain
        });
        const rules = {
            'X-MaxRate': '50000',
            'X-Policies': 'low',
            'X-RateLocked': 'Yes',
            'X-PolicyLocked': 'Yes'
        };
        expect(new RunReport().take({ Type: 'NOTIFICATION', ...fields, ...rules })).to.deep.equal({
            kind: 'rate',
            rate: { ...plain, maxBps: 50e6, policies: ['low'], isTargetLocked: true, isPolicyLocked: true }
        });
        const odd = { Type: 'SESSION', Rate: 'much', 'X-Policy': 'low' };
        expect(new RunReport().take(odd)).to.deep.equal({ kind: 'other' });
    });
});
