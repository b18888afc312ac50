import type { TransferProgress } from '@connect/api';
import { expect } from 'chai';
import { JobMonitor, pathText, type Moment, type MonitorObserver } from './job-monitor';
import { newRecord, toJob } from './job-record';
import { MAX_EVENTS, MAX_LOG_LINES } from './monitor-protocol';
import type { Job } from './transfer-protocol';

const at = (nowMs: number): Moment => ({ nowMs, wallMs: 1_000_000 + nowMs });
const FREE = { isTargetLocked: false, isPolicyLocked: false };
const FAIR = { targetBps: 300e6, minBps: 0, policy: 'fair', ...FREE } as const;
const NOTHING: TransferProgress = {
    bytesDone: 0,
    bytesTotal: 9e9,
    scanComplete: true,
    filesDone: 0,
    filesTotal: 2,
    filesFailed: 0,
    filesSkipped: 0,
    bytesSent: 0,
    rateBps: 0,
    currentFile: 'a'
};

function job(facts: Partial<Job> = {}): Job {
    const record = newRecord({
        id: 'j1',
        order: 1,
        name: 'a',
        direction: 'send',
        sources: [],
        target: '',
        accountId: 'a',
        accountName: 'A',
        createdMs: 0,
        stagingId: undefined
    });
    return { ...toJob(record, { rateBps: 0, currentFile: '' }), ...facts };
}

function running(): JobMonitor {
    const monitor = new JobMonitor();
    monitor.follow(job(), at(0));
    monitor.follow(job({ state: 'preparing' }), at(0));
    monitor.launched(FAIR, 0, at(0));
    monitor.follow(job({ state: 'transferring' }), at(0));
    return monitor;
}

describe('monitor of a job', () => {
    it('tells the rate of now from the bytes that arrived', () => {
        const monitor = running();
        for (let now = 0; now <= 2000; now += 250) {
            monitor.figures(
                { bytesArrived: now * 125, rttMs: 82, packetsSent: now, packetsLost: now / 100 },
                at(now)
            );
            monitor.progress({ ...NOTHING, bytesDone: 0 }, at(now));
        }
        expect(monitor.now).to.deep.include({ rateBps: 1e6, averageBps: 1e6, rttMs: 82, lossPercent: 1 });
        expect(monitor.snapshot.points.map(point => point.rateBps)).to.deep.equal([1e6, 1e6]);
        monitor.follow(job({ state: 'stopped' }), at(2500));
        expect(monitor.now.rateBps).to.equal(0);
        expect(monitor.now.rttMs).to.equal(undefined);
    });

    it('makes do with the progress of an engine that tells nothing else', () => {
        const monitor = running();
        monitor.progress({ ...NOTHING, bytesDone: 0 }, at(0));
        monitor.progress({ ...NOTHING, bytesDone: 125_000 }, at(1000));
        expect(monitor.now.rateBps).to.equal(1e6);
        expect(monitor.now.rate.inForce).to.equal(undefined);
    });

    it('marks what happened: start, rate, path, retry, end', () => {
        const monitor = running();
        monitor.rate(FAIR, at(10));
        monitor.rate({ ...FAIR }, at(20));
        monitor.rate({ ...FREE, targetBps: 50e6, minBps: 1e6, policy: 'low' }, at(30));
        monitor.figures({ path: { kind: 'udp', port: 33001, sessions: 1 } }, at(40));
        monitor.figures({ path: { kind: 'udp', port: 33001, sessions: 1 } }, at(41));
        monitor.figures({ path: { kind: 'https', sessions: 1 } }, at(50));
        const error = { code: 'transfer.connection-lost', message: 'gone' } as Job['error'];
        monitor.follow(job({ state: 'retrying', attempt: 1, error }), at(60));
        monitor.follow(job({ state: 'queued', attempt: 1 }), at(70));
        monitor.follow(job({ state: 'preparing', attempt: 1 }), at(80));
        monitor.launched(FAIR, 1, at(80));
        monitor.follow(job({ state: 'completed', verified: true }), at(90));
        expect(monitor.snapshot.events.map(({ kind, text }) => `${kind}: ${text}`)).to.deep.equal([
            'start: Started',
            'rate: Target 300 Mbps, Fair',
            'rate: Target 50 Mbps, minimum 1 Mbps, Low',
            'path: UDP 33001',
            'path: HTTPS fallback',
            'retry: Retry: gone',
            'start: Try 2',
            'complete: Completed, verified'
        ]);
    });

    it('does not take the state of a job that it meets for something that just happened', () => {
        const monitor = new JobMonitor();
        monitor.follow(job({ state: 'completed' }), at(5));
        expect(monitor.snapshot.events).to.deep.equal([]);
    });

    it('keeps what was asked for beside what is in force, with the rules of the server', () => {
        const monitor = running();
        const inForce = { ...FAIR, targetBps: 100e6, maxBps: 100e6, isTargetLocked: true };
        monitor.rate(inForce, at(1));
        monitor.told({ ...FAIR, targetBps: 200e6 });
        expect(monitor.now.rate.asked!.targetBps).to.equal(200e6);
        expect(monitor.now.rate.inForce).to.deep.equal(inForce);
    });

    it('stays small', () => {
        const monitor = running();
        for (let i = 0; i < 2000; i++) {
            monitor.line(`line ${i}`, at(i));
            monitor.rate({ ...FAIR, targetBps: 1000 + i }, at(i));
        }
        expect(monitor.snapshot.log).to.have.length(MAX_LOG_LINES);
        expect(monitor.snapshot.log.at(-1)).to.deep.equal({ atMs: 1_001_999, text: 'line 1999' });
        expect(monitor.snapshot.events).to.have.length(MAX_EVENTS);
    });

    it('tells those who watch, as it happens', () => {
        const monitor = running();
        const seen: string[] = [];
        const observer: MonitorObserver = {
            onPoint: () => seen.push('point'),
            onEvent: ({ kind }) => seen.push(kind),
            onLine: () => seen.push('line'),
            onTouched: () => undefined
        };
        monitor.observers.add(observer);
        monitor.progress(NOTHING, at(0));
        monitor.progress(NOTHING, at(1000));
        monitor.rate(FAIR, at(1000));
        monitor.line('x', at(1000));
        expect(seen).to.deep.equal(['point', 'rate', 'line']);
        expect(monitor.isBusy).to.equal(true);
    });

    it('names the path for people', () => {
        expect(pathText({ kind: 'udp', port: 33001, sessions: 3 })).to.equal('UDP 33001, 3 sessions');
        expect(pathText({ kind: 'https', port: 443, sessions: 1 })).to.equal('HTTPS fallback 443');
        expect(pathText({ kind: 'https', proxy: 'p:3128', sessions: 1 })).to.equal(
            'HTTPS fallback through proxy p:3128'
        );
        expect(pathText({ kind: 'https', port: 443, isChosen: true, sessions: 1 })).to.equal('HTTPS 443');
    });
});
