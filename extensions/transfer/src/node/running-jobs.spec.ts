import type { TransferPath, TransferRun } from '@connect/api';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { expect } from 'chai';
import { newRecord } from '../common/job-record';
import type { RunListener } from './job-launch';
import { RunningJobs } from './running-jobs';

const RATE = { targetBps: 8e6, minBps: 0, policy: 'fair' } as const;

describe('running jobs', () => {
    it('know the way of their bytes, tell when it is another, and keep it over progress', async () => {
        const record = newRecord({
            id: 'j',
            order: 1,
            name: 'reel.mov',
            direction: 'send',
            sources: ['file:///reel.mov'],
            target: 'connect://demo/',
            accountId: 'demo',
            accountName: 'Demo',
            createdMs: 0,
            stagingId: undefined
        });
        const listeners: RunListener[] = [];
        const news: Array<TransferPath | undefined> = [];
        const run: TransferRun = {
            finished: new Promise(() => undefined),
            stop: () => undefined,
            setRate: () => undefined
        };
        const jobs = new RunningJobs({
            clock: new VirtualClock(),
            record: () => record,
            wantedRate: () => RATE,
            limits: () => ({ manual: {}, automatic: {} }),
            launch: async (_record, _rate, listener) => {
                listeners.push(listener);
                return { engineId: 'memory', run };
            },
            onLaunched: () => undefined,
            onProgress: () => undefined,
            onNews: id => news.push(jobs.live(id).path),
            onEnded: () => undefined
        });
        jobs.start(record);
        const [listener] = listeners;
        const [udp, https] = (['udp', 'https'] as const).map(kind => ({ kind, port: 1, sessions: 1 }));
        listener.onStatistics?.({ path: udp });
        listener.onStatistics?.({ rttMs: 3 });
        listener.onStatistics?.({ path: { ...udp } });
        listener.onStatistics?.({ path: https });
        expect(news).to.deep.equal([udp, https]);
        listener.onProgress({
            bytesDone: 1,
            bytesTotal: 2,
            scanComplete: true,
            filesDone: 0,
            filesTotal: 1,
            filesFailed: 0,
            filesSkipped: 0,
            bytesSent: 1,
            rateBps: 8,
            currentFile: 'reel.mov'
        });
        expect(jobs.live('j').path).to.deep.equal(https);
    });
});
