import type { TransferListener, TransferProgress } from '@connect/api';
import { ConnectError } from '@connect/base';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { expect } from 'chai';
import { newRecord, toJob } from '../common/job-record';
import type { MonitorUpdate, WindowNews } from '../common/monitor-protocol';
import type { Job } from '../common/transfer-protocol';
import { DeltaFeed } from './delta-feed';
import { FILES_INTERVAL_MS } from './files-in-sight';
import { MonitorWindow } from './monitor-window';
import { TransferAudience } from './transfer-audience';
import { TransferMonitors } from './transfer-monitors';
import { TransferWindow } from './transfer-window';

const RATE = {
    targetBps: 100e6,
    minBps: 0,
    policy: 'fixed',
    isTargetLocked: false,
    isPolicyLocked: false
} as const;

function job(id: string, facts: Partial<Job> = {}): Job {
    const record = newRecord({
        id,
        order: 1,
        name: id,
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

const progress = (bytesDone: number): TransferProgress => ({
    bytesDone,
    bytesTotal: 1e9,
    scanComplete: true,
    filesDone: 0,
    filesTotal: 1,
    filesFailed: 0,
    filesSkipped: 0,
    bytesSent: 0,
    rateBps: 0,
    currentFile: 'a'
});

const DEAF: TransferListener = {
    onProgress: () => undefined,
    onFileFailed: () => undefined,
    onLog: () => undefined
};

/** One window of a stage, and all that it was told. */
class Window {
    readonly news: WindowNews[] = [];
    readonly monitors: MonitorWindow;
    readonly itself: TransferWindow;

    constructor(stage: Stage) {
        this.monitors = new MonitorWindow(stage.monitors, () => stage.feed.wake());
        this.itself = new TransferWindow(this.monitors);
        this.itself.attach({ onNews: news => void this.news.push(news) });
        stage.audience.windows.add(this.itself);
    }
}

class Stage {
    readonly clock = new VirtualClock();
    readonly jobs = new Map<string, Job>();
    readonly monitors = new TransferMonitors(this.clock, () => Promise.resolve(this.jobs));
    readonly audience = new TransferAudience();
    readonly feed = new DeltaFeed(
        this.clock,
        {
            get: id => this.jobs.get(id),
            all: () => [...this.jobs.values()],
            status: { limits: { manual: {}, automatic: {} }, scheduled: false }
        },
        delta => this.audience.tell(delta)
    );
    readonly only = new Window(this);
    readonly window = this.only.monitors;

    /** What the monitors of the window were told, message by message. */
    get messages(): Array<readonly MonitorUpdate[]> {
        return this.only.news.flatMap(({ monitors }) => (monitors ? [monitors] : []));
    }

    run(id: string): TransferListener {
        const before = this.jobs.get(id);
        this.jobs.set(id, job(id, { state: 'transferring' }));
        const listener = this.monitors.watch({ id, attempt: 0 }, RATE, DEAF);
        this.monitors.changed(id, before ?? job(id));
        this.monitors.changed(id, this.jobs.get(id));
        return listener;
    }
}

describe('what a window is told', () => {
    let stage: Stage;
    beforeEach(() => {
        stage = new Stage();
    });

    it('hears nothing of jobs that it does not watch', async () => {
        const [watched, other] = [stage.run('j1'), stage.run('j2')];
        await stage.window.open('j1');
        other.onProgress(progress(5));
        stage.clock.advance(1000);
        expect(stage.messages).to.deep.equal([]);
        watched.onProgress(progress(5));
        stage.clock.advance(1000);
        expect(stage.messages.map(updates => updates.map(({ jobId }) => jobId))).to.deep.equal([['j1']]);
    });

    it('is at most four messages per second: list, status and all monitors together, in each window', async () => {
        const ids = ['j1', 'j2', 'j3'];
        const listeners = ids.map(id => stage.run(id));
        const second = new Window(stage);
        await Promise.all(ids.map(id => stage.window.open(id, { start: 0, count: 100 })));
        await second.monitors.open('j2');
        for (let i = 0; i < 1000; i++) {
            // at times of their own, as engines do
            listeners[i % 3].onProgress(progress(i));
            listeners[i % 3].onFile!({ path: `f${i}`, sizeBytes: 1, result: 'done' });
            stage.feed.touch(ids[(i + 1) % 3]);
            stage.feed.touchStatus();
            stage.clock.advance(10);
        }
        for (const { news } of [stage.only, second]) {
            expect(news.length).to.be.within(39, 41);
            expect(news[5].jobs!.changed).to.have.length(3);
            expect(news[5].jobs!.queue).to.not.equal(undefined);
        }
        expect(stage.only.news[5].monitors).to.have.length(3);
        expect(second.news[5].monitors!.map(({ jobId }) => jobId)).to.deep.equal(['j2']);
    });

    it('keeps for a window that does not listen yet what it is to be told', async () => {
        const listener = stage.run('j1');
        const monitors = new MonitorWindow(stage.monitors, () => stage.feed.wake());
        const late = new TransferWindow(monitors);
        stage.audience.windows.add(late);
        await monitors.open('j1');
        listener.onProgress(progress(5));
        stage.clock.advance(1000);
        const news: WindowNews[] = [];
        late.attach({ onNews: each => void news.push(each) });
        listener.onProgress(progress(6));
        stage.clock.advance(1000);
        expect(news.map(each => each.monitors![0].revision)).to.deep.equal([1]);
        late.dispose();
        listener.onProgress(progress(7));
        stage.clock.advance(1000);
        expect(news).to.have.length(1);
    });

    it('has the files in sight, as they change, at most once a second', async () => {
        const listener = stage.run('j1');
        await stage.window.open('j1');
        const settle = (name: string): void => listener.onFile!({ path: name, sizeBytes: 1, result: 'done' });
        settle('before');
        const first = await stage.window.files('j1', { start: 0, count: 3 });
        expect(first.files.map(({ path }) => path)).to.deep.equal(['before']);
        for (let i = 0; i < 500; i++) {
            settle(`f${i}`);
            stage.clock.advance(10);
        }
        const pages = (): string[][] =>
            stage.messages.flat().flatMap(({ page }) => (page ? [page.files.map(({ path }) => path)] : []));
        expect(pages().length).to.be.within(4, 5);
        // the last change is told, though nothing comes after it
        stage.clock.advance(FILES_INTERVAL_MS);
        expect(pages().at(-1)).to.deep.equal(['f499', 'f498', 'f497']);
        const told = pages().length;
        await stage.window.files('j1', { start: 0, count: 0 });
        settle('out of sight');
        stage.clock.advance(10_000);
        expect(pages()).to.have.length(told);
    });

    it('loses nothing between the snapshot and what follows', async () => {
        const listener = stage.run('j1');
        const feed = (from: number, to: number): void => {
            for (let i = from; i < to; i++) {
                listener.onProgress(progress(i * 1000));
                listener.onRate!({ ...RATE, targetBps: 1000 * (1 + Math.floor(i / 10)) });
                stage.monitors.line('j1', `line ${i}`);
                stage.clock.advance(250);
            }
        };
        feed(0, 40);
        const snapshot = await stage.window.open('j1');
        feed(40, 80);
        stage.clock.advance(1000);
        const updates = stage.messages.flat();
        expect(updates.map(({ revision }) => revision)).to.deep.equal(updates.map((_, i) => i + 1));
        const whole = (await stage.window.open('j1')) as MonitorUpdate;
        for (const key of ['points', 'events', 'log'] as const) {
            const told = [...snapshot[key], ...updates.flatMap(update => update[key] as unknown[])];
            expect(told, key).to.deep.equal(whole[key]);
        }
        expect(whole.points.length).to.be.greaterThan(15);
        expect(whole.log).to.have.length(80);
    });

    it('hears no more of what it closed', async () => {
        const listener = stage.run('j1');
        await stage.window.open('j1');
        await stage.window.close('j1');
        listener.onProgress(progress(5));
        stage.clock.advance(1000);
        expect(stage.messages).to.deep.equal([]);
        await stage.window.open('j1');
        stage.window.dispose();
        listener.onProgress(progress(6));
        stage.clock.advance(1000);
        expect(stage.messages).to.deep.equal([]);
    });

    it('pages through the files', async () => {
        const listener = stage.run('j1');
        for (let i = 0; i < 1000; i++) {
            listener.onFile!({
                path: `f${i}`,
                sizeBytes: i,
                result: i % 2 ? 'done' : 'skipped',
                reason: 'same'
            });
        }
        listener.onFileFailed({ path: 'bad', error: new ConnectError('transfer.no-space', 'full') });
        const page = await stage.window.files('j1', { start: 0, count: 100_000 });
        expect(page).to.deep.include({ rows: 1001, start: 0 });
        expect(page.files).to.have.length(200);
        expect(page.files[0]).to.deep.equal({
            path: 'bad',
            state: 'failed',
            note: 'full (transfer.no-space)'
        });
        expect(page.files[2]).to.deep.include({ path: 'f998', state: 'skipped', note: 'same' });
        await rejects(stage.window.files('j1', { start: -1, count: 10 }), 'usage');
    });

    it('does not know jobs that are not in the list', async () => {
        await rejects(stage.window.open('nope'), 'transfer.job-unknown');
        stage.run('j1');
        await stage.window.open('j1');
        stage.jobs.delete('j1');
        stage.monitors.changed('j1', undefined);
        await rejects(stage.window.open('j1'), 'transfer.job-unknown');
    });

    it('remembers what an engine was told', async () => {
        stage.run('j1');
        const told: unknown[] = [];
        const run = stage.monitors.steered('j1', {
            finished: Promise.resolve({ progress: progress(0), failures: [] }),
            setRate: rate => told.push(rate),
            stop: () => told.push('stop')
        });
        run.setRate({ ...RATE, targetBps: 5e6 });
        run.stop();
        expect(told).to.deep.equal([{ ...RATE, targetBps: 5e6 }, 'stop']);
        expect((await stage.window.open('j1')).now.rate.asked!.targetBps).to.equal(5e6);
    });

    it('remembers a bounded number of jobs that rest, and all that run', async () => {
        const busy = stage.run('busy');
        for (let i = 0; i < 400; i++) {
            stage.run(`j${i}`).onFile!({ path: 'a', sizeBytes: 1, result: 'done' });
            stage.jobs.set(`j${i}`, job(`j${i}`, { state: 'completed' }));
            stage.monitors.changed(`j${i}`, stage.jobs.get(`j${i}`));
        }
        busy.onFile!({ path: 'a', sizeBytes: 1, result: 'done' });
        const rows = async (id: string): Promise<number> =>
            (await stage.window.files(id, { start: 0, count: 1 })).rows;
        expect(await rows('busy')).to.equal(1);
        expect(await rows('j399')).to.equal(1);
        expect(await rows('j0')).to.equal(0);
    });
});

async function rejects(work: Promise<unknown>, code: string): Promise<void> {
    const error = await work.then(
        () => undefined,
        (reason: unknown) => reason
    );
    expect(error).to.be.instanceOf(ConnectError).and.have.property('code', code);
}
