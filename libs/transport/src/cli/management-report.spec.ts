import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { FileProgress, TransferSummary } from '../node/transfer-types';
import { ConnectionStats } from '../proto/types';
import { ManagementReport, readRateOrder, RunFigures } from './management-report';
import { parseCommandLine, TransferCommand } from './options';

const context = { folder: '/', localUser: 'me', nowSeconds: 0, readFile: () => Buffer.alloc(0) };
const command = parseCommandLine(['-l', '300M', 'a', 'ana@h:b'], context) as TransferCommand;
const progress: FileProgress = {
    bytesDone: 600,
    bytesTotal: 1000,
    scanComplete: true,
    filesDone: 3,
    filesTotal: 9,
    filesFailed: 1,
    filesSkipped: 2,
    currentFile: 'x/y'
};
const stats = {
    packetsSent: 200,
    packetsLost: 5,
    streamBytesSent: 520,
    streamBytesRetransmitted: 20,
    streamBytesAcknowledged: 400,
    streamBytesReceived: 7,
    smoothedRttMs: 20.04
} as ConnectionStats;
const figures: RunFigures = { progress, stats, sessions: 1, rateBps: 3200, elapsedMs: 2500 };

describe('management report', () => {
    it('tells in STATS all a list of transfers shows', () => {
        expect(new ManagementReport(command).stats(figures)).to.include({
            Type: 'STATS',
            File: 'x/y',
            Bytescont: '600',
            PreTransferBytes: '1000',
            PreTransferFiles: '9',
            TransfersAttempted: '6',
            TransfersPassed: '3',
            TransfersFailed: '1',
            TransfersSkipped: '2',
            TransferBytes: '400',
            Rate: '3',
            Loss: '2.50',
            Elapsedusec: '2500000',
            Progress: '60.00',
            Remaining: '1',
            'X-ScanComplete': 'Yes',
            'X-BytesSent': '520',
            'X-BytesRetransmitted': '20',
            'X-RttMs': '20.0'
        });
    });

    it('tells how far existing data was compared, where there is some', () => {
        const compared = { bytes: 43, of: 100 };
        const progress = { ...figures.progress, compared };
        expect(new ManagementReport(command).stats({ ...figures, progress })).to.include({
            'X-BytesCompared': '43',
            'X-BytesToCompare': '100'
        });
    });

    it('names the error by number and by code', () => {
        const error = new ConnectError('transfer.no-space', 'full');
        const frame = new ManagementReport(command).error(error, figures);
        expect(frame).to.include({
            Type: 'ERROR',
            Code: '25',
            Description: 'full',
            'X-Code': 'transfer.no-space'
        });
    });

    it('tells the packets on their way to the target, from the end that it runs at', () => {
        const both = {
            ...stats,
            packetsSent: 1000,
            packetsLost: 25,
            packetsReceived: 90,
            packetsMissing: 10
        };
        const at = (direction: 'upload' | 'download'): object =>
            new ManagementReport({ ...command, direction }).stats({ ...figures, stats: both });
        expect(new ManagementReport(command).stats({ ...figures, sessions: 3 })).to.include({
            'X-Sessions': '3'
        });
        expect(at('upload')).to.include({ 'X-Packets': '1000', 'X-PacketsLost': '25', Loss: '2.50' });
        expect(at('download')).to.include({ 'X-Packets': '100', 'X-PacketsLost': '10', Loss: '10.00' });
    });

    it('tells the stages on the way to the server, and why one was not passed', () => {
        const report = new ManagementReport(command);
        const facts = { address: '192.0.2.1', port: 33001 };
        expect(report.stage({ stage: 'tcp', tookMs: 38.26, facts })).to.deep.equal({
            Type: 'NOTIFICATION',
            'X-Stage': 'tcp',
            'X-StageResult': 'Passed',
            'X-StageMs': '38.3',
            'X-Address': '192.0.2.1',
            'X-Port': '33001'
        });
        const error = new ConnectError('transfer.host-key-mismatch', 'another key').toWire();
        const failed = { stage: 'host-key', tookMs: 1, facts: { fingerprint: 'SHA256:x' }, error } as const;
        expect(report.stage(failed)).to.include({
            'X-StageResult': 'Failed',
            'X-Fingerprint': 'SHA256:x',
            Code: '51',
            'X-Code': 'transfer.host-key-mismatch',
            Description: 'another key'
        });
    });

    it('ends with what was resumed and what was moved', () => {
        const summary: TransferSummary = {
            ...progress,
            bytesTransferred: 550,
            bytesResumed: 50,
            failures: []
        };
        expect(new ManagementReport(command).done(summary, figures)).to.include({
            Type: 'DONE',
            TransferBytes: '550',
            StartByte: '50',
            FileBytes: '600'
        });
    });

    it('carries the session and its rate', () => {
        const report = new ManagementReport(command);
        const rate = { targetBps: 300e6, minBps: 1e6, policy: 'low' } as const;
        const info = {
            sessionId: '00ff',
            serverSoftware: 's',
            serverAddress: '192.0.2.1',
            udpPort: 33001,
            rate,
            rules: {},
            hash: 'sha256'
        } as const;
        expect(report.session(info)).to.include({
            User: 'ana',
            Host: 'h',
            Rate: '300000',
            Adaptive: 'Trickle'
        });
        expect(report.session(info)).to.include({ 'X-RateLocked': 'No', 'X-PolicyLocked': 'No' });
        expect(report.session(info)).not.to.have.any.keys('X-MaxRate', 'X-Policies');
        expect(report.stats(figures)).to.include({ SessionId: '00ff' });
        const rules = { maxRateBps: 5e8, policies: ['low'], lockedRateBps: 3e8 } as const;
        const locked = {
            ...{ 'X-MaxRate': '500000', 'X-Policies': 'low' },
            ...{ 'X-RateLocked': 'Yes', 'X-PolicyLocked': 'Yes' }
        };
        expect(report.session({ ...info, rules })).to.include(locked);
        expect(report.rate(rate)).to.include(locked);
    });
});

describe('RATE order', () => {
    it('says what changes', () => {
        expect(readRateOrder({ Type: 'RATE', Rate: '5000' })).to.deep.equal({
            targetBps: 5e6,
            minBps: undefined,
            policy: undefined
        });
        const all = readRateOrder({ Rate: '9', MinRate: '0', Adaptive: 'Adaptive', Priority: '1' });
        expect(all).to.deep.equal({ targetBps: 9000, minBps: 1, policy: 'high' });
        expect(readRateOrder({ Adaptive: 'Trickle' }).policy).to.equal('low');
    });

    it('refuses what is no rate', () => {
        for (const Rate of ['0', '-5', 'fast', '']) {
            expect(() => readRateOrder({ Rate }), Rate).to.throw(ConnectError);
        }
    });
});
