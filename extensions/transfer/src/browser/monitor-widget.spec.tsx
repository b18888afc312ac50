import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { ConnectError } from '@connect/base';
import { ConnectionStatus, ConnectionStatusService } from '@theia/core/lib/browser/connection-status-service';
import { ContextMenuRenderer } from '@theia/core/lib/browser/context-menu-renderer';
import { ThemeService } from '@theia/core/lib/browser/theming';
import { Widget } from '@theia/core/lib/browser/widgets/widget';
import { Emitter } from '@theia/core/lib/common/event';
import { MessageService } from '@theia/core/lib/common/message-service';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { newRecord, toJob } from '../common/job-record';
import {
    MonitorService,
    type FilePage,
    type FileRange,
    type MonitorSnapshot,
    type MonitorUpdate
} from '../common/monitor-protocol';
import { TransferPreferences } from '../common/transfer-preferences';
import { TransferService, type Job, type JobRate } from '../common/transfer-protocol';
import { FolderOpener } from './folder-opener';
import { ChartFactory, type ChartData } from './monitor-chart';
import { MonitorModel } from './monitor-model';
import { MonitorOptions, MonitorWidget } from './monitor-widget';
import { TransferActions } from './transfer-actions';
import { TransferClientModel, TransferClientTarget } from './transfer-client-model';
import { TransferSelection } from './transfer-selection';
disableJSDOM();

const RATE = {
    targetBps: 300e6,
    minBps: 0,
    policy: 'fair',
    isTargetLocked: false,
    isPolicyLocked: false
} as const;

function job(id: string, facts: Partial<Job> = {}): Job {
    const record = newRecord({
        id,
        order: 1,
        name: `${id}.mov`,
        direction: 'receive',
        sources: [`connect://demo/Media/${id}.mov`],
        target: 'file:///home/ana/Work/cut',
        accountId: 'demo',
        accountName: 'Demo',
        createdMs: 0,
        stagingId: undefined
    });
    const running: Partial<Job> = {
        state: 'transferring',
        bytesDone: 3.4e9,
        bytesTotal: 8.1e9,
        scanComplete: true,
        remainingMs: 100_000
    };
    return { ...toJob(record, { rateBps: 0, currentFile: '' }), ...running, ...facts };
}

function snapshot(jobId: string, facts: Partial<MonitorSnapshot> = {}): MonitorSnapshot {
    return {
        jobId,
        revision: 0,
        points: [1, 2, 3].map(second => ({
            atMs: second * 1000,
            spanMs: 1000,
            rateBps: 600e6,
            averageBps: 500e6,
            targetBps: 300e6,
            minBps: 0,
            rttMs: 82
        })),
        events: [{ atMs: 2_000, kind: 'retry', text: 'Retry: connection lost' }],
        log: [{ atMs: 2_000, text: 'queued -> preparing' }],
        now: {
            atMs: 3_250,
            rateBps: 612e6,
            averageBps: 505e6,
            rttMs: 82,
            lossPercent: 0.7,
            path: { kind: 'udp', port: 33001, sessions: 3 },
            rate: { asked: RATE, inForce: RATE }
        },
        files: { rows: 250, forgotten: 0, revision: 1 },
        ...facts
    };
}

function page({ start, count }: FileRange, folder: string): FilePage {
    const files = Array.from({ length: Math.min(count, 250 - start) }, (_, i) => ({
        path: `${folder}/file-${start + i}`,
        state: 'done' as const,
        sizeBytes: 1000,
        ...(start + i === 1 ? { note: 'unverified' } : {})
    }));
    return { rows: 250, forgotten: 0, revision: 1, start, files };
}

class Stage {
    readonly container = new Container();
    readonly status = new Emitter<ConnectionStatus>();
    readonly theme = new Emitter<never>();
    readonly rates: JobRate[] = [];
    readonly performed: string[] = [];
    readonly drawn: ChartData[] = [];
    readonly looks: FileRange[] = [];
    files: () => Promise<void> = async () => undefined;
    readonly closed: string[] = [];
    charts = 0;
    opened: (jobId: string, inSight?: FileRange) => Promise<MonitorSnapshot> = async jobId => snapshot(jobId);
    setRate: () => Promise<void> = async () => undefined;
    widget: MonitorWidget;
    private revision = 0;
    private jobsRevision = 1;
    private jobs: Job[] = [];

    constructor() {
        const { container } = this;
        const bind = (id: symbol | (new () => unknown), value: unknown): void =>
            void container.bind(id as symbol).toConstantValue(value);
        bind(TransferService, {
            snapshot: async () => ({
                revision: this.jobsRevision,
                jobs: this.jobs,
                queue: { limits: { manual: {}, automatic: {} }, scheduled: false }
            }),
            setRate: async (_ids: string[], rate: JobRate) => {
                this.rates.push(rate);
                await this.setRate();
            }
        });
        bind(MonitorService, {
            open: (jobId: string, inSight?: FileRange) => this.opened(jobId, inSight),
            close: async (jobId: string) => void this.closed.push(jobId),
            files: async (_jobId: string, range: FileRange) => {
                this.looks.push(range);
                await this.files();
                return page(range, 'folder');
            }
        });
        bind(ConnectionStatusService, {
            currentStatus: ConnectionStatus.ONLINE,
            onStatusChange: this.status.event
        });
        bind(TransferPreferences, { 'connect.transfers.retry.attempts': 3 });
        bind(TransferActions as never, {
            perform: async (action: string, jobs: readonly Job[]) =>
                void this.performed.push(`${action} ${jobs.map(each => each.id).join()}`)
        });
        bind(FolderOpener as never, { open: async ({ id }: Job) => void this.performed.push(`open ${id}`) });
        bind(MessageService as never, { error: (text: string) => void this.performed.push(text) });
        bind(ContextMenuRenderer as never, { render: () => void this.performed.push('menu') });
        bind(ThemeService as never, {
            onDidColorThemeChange: this.theme.event,
            getCurrentTheme: () => ({ id: this.performed.includes('light') ? 'light' : 'dark' })
        });
        bind(ChartFactory, async () => {
            this.charts += 1;
            return {
                show: (data: ChartData) => void this.drawn.push(data),
                resize: () => undefined,
                dispose: () => undefined
            };
        });
        for (const each of [TransferClientTarget, TransferClientModel, TransferSelection, MonitorModel]) {
            container
                .bind(each as never)
                .toSelf()
                .inSingletonScope();
        }
    }

    async show(jobs: Job[] = [job('j1')]): Promise<void> {
        this.jobs = jobs;
        this.widget = this.monitor('j1');
        await this.settle();
    }

    monitor(jobId: string): MonitorWidget {
        const child = this.container.createChild();
        child.bind(MonitorOptions).toConstantValue({ jobId });
        child.bind(MonitorWidget).toSelf();
        const widget = child.get(MonitorWidget);
        Widget.attach(widget, document.body);
        return widget;
    }

    async update(facts: Partial<MonitorUpdate>): Promise<void> {
        this.revision += 1;
        const whole = snapshot('j1', { points: [], events: [], log: [], revision: this.revision, ...facts });
        this.container.get(TransferClientTarget).onNews({ monitors: [whole] });
        await this.settle();
    }

    async change(changed: Job): Promise<void> {
        this.jobsRevision += 1;
        const jobs = { revision: this.jobsRevision, changed: [changed], removed: [] };
        this.container.get(TransferClientTarget).onNews({ jobs });
        await this.settle();
    }

    async settle(): Promise<void> {
        for (let i = 0; i < 12; i++) {
            await new Promise(resolve => setImmediate(resolve));
            MessageLoop.flush();
        }
    }

    async until(test: () => boolean): Promise<void> {
        while (!test()) {
            await this.settle();
        }
    }

    get node(): HTMLElement {
        return this.widget.node;
    }

    slider(name: string): HTMLElement {
        return this.node.querySelector<HTMLElement>(`[role=slider][aria-label="${name}"]`)!;
    }

    async key(node: HTMLElement, key: string): Promise<void> {
        node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        await this.settle();
    }

    async type(label: string, text: string, key: string): Promise<void> {
        const field = Array.from(this.node.querySelectorAll('label')).find(each =>
            each.textContent!.startsWith(label)
        )!;
        const input = field.querySelector('input')!;
        const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(input), 'value')!.set!;
        setter.call(input, text);
        input.dispatchEvent(new window.Event('input', { bubbles: true }));
        await this.settle();
        await this.key(input, key);
    }

    button(text: string): HTMLButtonElement | undefined {
        return Array.from(this.node.querySelectorAll('button')).find(each =>
            each.textContent!.startsWith(text)
        );
    }
}

describe('transfer monitor', () => {
    let stage: Stage;
    before(() => {
        disableJSDOM = enableJSDOM();
    });
    after(() => {
        disableJSDOM();
    });
    beforeEach(() => {
        stage = new Stage();
    });
    afterEach(() => stage.widget.dispose());

    it('tells how the transfer does', async () => {
        await stage.show();
        const text = stage.node.textContent!;
        for (const part of [
            'j1.mov',
            'Demo:/Media → /home/ana/Work/cut',
            '3.4 GB of 8.1 GB',
            '41 %',
            '612 Mbps',
            'average 505 Mbps',
            '1:40',
            '82 ms',
            '0.7 %',
            'UDP 33001, 3 sessions'
        ]) {
            expect(text).to.contain(part);
        }
        expect(stage.widget.title.label).to.equal('Monitor: j1.mov (41 %)');
    });

    it('draws what was, and then each new point', async () => {
        await stage.show();
        const before = stage.drawn.at(-1)!;
        expect(before.series.timesSec).to.deep.equal([0, 1, 2, 3, 3.25]);
        expect(before.events).to.have.length(1);
        await stage.update({
            points: [{ atMs: 4000, spanMs: 1000, rateBps: 100e6, averageBps: 400e6, targetBps: 900e6 }]
        });
        const after = stage.drawn.at(-1)!;
        expect(after.series.current.at(-1)).to.equal(100e6);
        expect(after.ceilingBps).to.be.greaterThan(900e6);
        expect(stage.charts).to.equal(1);
    });

    it('draws anew in the colours of another theme', async () => {
        await stage.show();
        stage.performed.push('light');
        stage.theme.fire(undefined as never);
        await stage.settle();
        expect(stage.charts).to.equal(2);
    });

    it('asks for everything again when an update is missing, and when the connection is back', async () => {
        await stage.show();
        let opened = 0;
        stage.opened = async jobId => {
            opened += 1;
            return snapshot(jobId, { revision: 7, log: [{ atMs: 0, text: 'the whole' }] });
        };
        await stage.update({ revision: 5 });
        expect(opened).to.equal(1);
        stage.status.fire(ConnectionStatus.ONLINE);
        await stage.settle();
        expect(opened).to.equal(2);
    });

    it('has sliders for the keyboard: arrows, pages, ends', async () => {
        await stage.show();
        const slider = stage.slider('Target rate');
        expect(slider.getAttribute('aria-valuetext')).to.equal('300 Mbps');
        await stage.key(slider, 'ArrowUp');
        expect(stage.rates.at(-1)).to.deep.equal({ targetBps: 310e6, minBps: 0, policy: 'fair' });
        // it stays where it was put, though no answer has come
        expect(slider.getAttribute('aria-valuenow')).to.equal('310000000');
        for (const [key, value] of [
            ['PageDown', '160000000'],
            ['Home', '100000'],
            ['End', '10000000000']
        ]) {
            await stage.key(slider, key);
            expect(slider.getAttribute('aria-valuenow'), key).to.equal(value);
        }
        // the last one reaches the backend, and not each on the way
        await stage.until(() => stage.rates.at(-1)!.targetBps === 10e9);
        expect(stage.rates.length).to.be.lessThan(4);
        await stage.key(stage.slider('Minimum rate'), 'PageUp');
        await stage.until(() => stage.rates.at(-1)!.minBps === 100_000);
    });

    it('has sliders for the mouse: the rate at the height of the pointer', async () => {
        await stage.show();
        const slider = stage.slider('Target rate');
        const point = (type: string, clientY: number): boolean =>
            slider.dispatchEvent(new MouseEvent(type, { clientY, button: 0, bubbles: true }));
        point('pointermove', 60);
        expect(stage.rates, 'nothing is held yet').to.deep.equal([]);
        point('pointerdown', 100);
        // a tenth of the plot, whose axis ends at 800 Mbps
        point('pointermove', 80);
        await stage.settle();
        expect(slider.getAttribute('aria-valuenow')).to.equal('380000000');
        point('pointerup', 80);
        point('pointermove', 20);
        await stage.settle();
        expect(slider.getAttribute('aria-valuenow')).to.equal('380000000');
        expect(stage.rates).to.deep.equal([{ targetBps: 380e6, minBps: 0, policy: 'fair' }]);
    });

    it('takes a typed rate with its unit, and says what is none', async () => {
        await stage.show();
        await stage.type('Target', '1.5G', 'Enter');
        expect(stage.rates.at(-1)!.targetBps).to.equal(1.5e9);
        await stage.type('Minimum', 'fast', 'Enter');
        expect(stage.rates).to.have.length(1);
        expect(stage.node.querySelector('[aria-invalid=true]')).to.not.equal(null);
        expect(stage.node.querySelector('[role=alert]')!.textContent).to.contain('300 Mbps');
    });

    it('explains the policies, and changes them', async () => {
        await stage.show();
        const select = stage.node.querySelector<HTMLSelectElement>('.connect-monitor-controls select')!;
        expect(stage.node.textContent).to.contain('shares with other traffic');
        const setter = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(select), 'value')!.set!;
        setter.call(select, 'low');
        select.dispatchEvent(new window.Event('change', { bubbles: true }));
        await stage.settle();
        expect(stage.rates).to.deep.equal([{ targetBps: 300e6, minBps: 0, policy: 'low' }]);
        expect(stage.node.textContent).to.contain('Gives way to other traffic');
    });

    it('locks what the server does not let one change, with the reason', async () => {
        const inForce = { ...RATE, isTargetLocked: true, policies: ['fair', 'low'] } as const;
        stage.opened = async jobId => {
            const whole = snapshot(jobId);
            return { ...whole, now: { ...whole.now, rate: { asked: RATE, inForce } } };
        };
        await stage.show();
        const slider = stage.slider('Target rate');
        expect(slider.getAttribute('aria-disabled')).to.equal('true');
        await stage.key(slider, 'ArrowUp');
        expect(stage.rates).to.deep.equal([]);
        const reason = document.getElementById(slider.getAttribute('aria-describedby')!)!;
        expect(reason.textContent).to.contain('Locked by the server');
        const options = Array.from(stage.node.querySelectorAll<HTMLOptionElement>('option[value]'));
        const off = options.filter(({ disabled }) => disabled).map(({ value }) => value);
        expect(off).to.deep.equal(['fixed', 'high']);
        await stage.key(stage.slider('Minimum rate'), 'PageUp');
        expect(stage.rates).to.have.length(1);
    });

    it('says why less than what was chosen is in force', async () => {
        await stage.show([job('j1', { rate: { targetBps: 500e6 } })]);
        expect(stage.node.textContent).to.contain('300 Mbps in force: the bandwidth limit');
        const inForce = { ...RATE, targetBps: 100e6 };
        const asked = { ...RATE, targetBps: 500e6 };
        await stage.update({ now: { ...snapshot('j1').now, rate: { asked, inForce } } });
        expect(stage.node.textContent).to.contain('100 Mbps in force: the server grants no more');
    });

    it('puts a slider back when the change is refused, and says why', async () => {
        await stage.show();
        stage.setRate = () => Promise.reject(new ConnectError('transfer.job-unknown', 'it is gone'));
        await stage.key(stage.slider('Target rate'), 'ArrowUp');
        expect(stage.slider('Target rate').getAttribute('aria-valuenow')).to.equal('300000000');
        expect(stage.performed.join()).to.contain('it is gone');
    });

    it('stops, resumes and opens the folder', async () => {
        await stage.show();
        stage.button('Stop')!.click();
        stage.button('Open Folder')!.click();
        expect(stage.button('Resume')).to.equal(undefined);
        await stage.change(job('j1', { state: 'stopped' }));
        stage.button('Resume')!.click();
        expect(stage.performed).to.deep.equal(['stop j1', 'open j1', 'resume j1']);
        expect(stage.node.textContent).to.contain('Holds for the next run');
    });

    it('has the menu of the row, by mouse and by key, for its own job', async () => {
        await stage.show([job('j1'), job('j2')]);
        stage.node
            .querySelector('h2')!
            .dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }));
        await stage.key(stage.slider('Target rate'), 'ContextMenu');
        expect(stage.performed).to.deep.equal(['menu', 'menu']);
        expect(stage.container.get(TransferSelection).jobs.map(({ id }) => id)).to.deep.equal(['j1']);
    });

    it('lists files as they come into sight, page by page', async () => {
        await stage.show();
        expect(stage.looks.map(({ start }) => start)).to.deep.equal([0]);
        const list = stage.node.querySelector<HTMLElement>('[role=table]')!;
        expect(list.getAttribute('aria-rowcount')).to.equal('250');
        expect(list.querySelectorAll('[role=row]').length).to.be.within(5, 60);
        expect(list.textContent).to.contain('folder/file-0').and.contain('Done, verified');
        const [, unproved] = list.querySelectorAll('[role=row]');
        expect(unproved.textContent).to.contain('nobody compared it').and.not.contain('Done, verified');
        list.scrollTop = 240 * 24;
        list.dispatchEvent(new window.Event('scroll', { bubbles: true }));
        await stage.settle();
        const { start, count } = stage.looks.at(-1)!;
        expect(start).to.be.within(150, 240);
        expect(start + count).to.be.at.least(250);
        expect(list.textContent).to.contain('folder/file-245');
    });

    it('follows what is told of the files in sight, without asking', async () => {
        await stage.show();
        await stage.update({
            files: { rows: 250, forgotten: 7, revision: 2 },
            page: page(stage.looks[0], 'new')
        });
        await stage.update({ files: { rows: 250, forgotten: 8, revision: 3 } });
        const list = stage.node.querySelector<HTMLElement>('[role=table]')!;
        expect(list.textContent).to.contain('new/file-0').and.not.contain('folder/file-0');
        expect(stage.node.textContent).to.contain('8 earlier files');
        expect(stage.looks).to.have.length(1);
    });

    it('tells the backend when the files go out of sight, and what is in sight when the connection is back', async () => {
        await stage.show();
        const ranges: unknown[] = [];
        stage.opened = async (jobId, range) => {
            ranges.push(range);
            return snapshot(jobId, { revision: 7, page: page(range!, 'again') });
        };
        stage.status.fire(ConnectionStatus.ONLINE);
        await stage.settle();
        expect(ranges).to.deep.equal([stage.looks[0]]);
        expect(stage.node.querySelector('[role=table]')!.textContent).to.contain('again/file-0');
        stage.button('Log')!.click();
        await stage.settle();
        expect(stage.looks.at(-1)).to.deep.equal({ start: 0, count: 0 });
        stage.button('Files')!.click();
        await stage.settle();
        expect(stage.node.querySelector('[role=table]')!.textContent).to.contain('folder/file-0');
    });

    it('shows the log and the data as well, by mouse and by arrows', async () => {
        await stage.show();
        stage.button('Log')!.click();
        await stage.settle();
        expect(stage.node.querySelector('[role=tabpanel]')!.textContent).to.contain('queued -> preparing');
        await stage.key(stage.button('Log')!, 'ArrowRight');
        const table = stage.node.querySelector('[role=tabpanel] table')!;
        expect(table.textContent).to.contain('600 Mbps').and.contain('Retry: connection lost');
        expect(table.querySelectorAll('thead th[scope=col]')).to.have.length(8);
    });

    it('says aloud that the files go over HTTPS', async () => {
        await stage.show();
        await stage.update({
            now: { ...snapshot('j1').now, path: { kind: 'https', port: 443, sessions: 1 } }
        });
        expect(stage.node.querySelector('[role=status]')!.textContent).to.contain('HTTPS');
        expect(stage.node.textContent).to.contain('HTTPS fallback 443');
        // nobody is told that UDP is blocked who did not want it
        await stage.update({
            now: {
                ...snapshot('j1').now,
                path: { kind: 'https', port: 443, isChosen: true, sessions: 1 }
            }
        });
        expect(stage.node.textContent).to.contain('HTTPS 443').and.not.contain('UDP does not get through');
    });

    it('keeps the last figures in sight while the backend is away', async () => {
        await stage.show();
        stage.status.fire(ConnectionStatus.OFFLINE);
        await stage.settle();
        expect(stage.node.querySelector('[role=alert]')!.textContent).to.contain('cannot be reached');
        expect(stage.node.textContent).to.contain('3.4 GB of 8.1 GB');
    });

    it('says that a transfer is gone', async () => {
        await stage.show([job('other')]);
        expect(stage.node.textContent).to.contain('not in the list any more');
        expect(stage.button('Close Monitor')).to.not.equal(undefined);
    });

    it('comes back with the layout as it was', async () => {
        await stage.show();
        stage.button('Log')!.click();
        stage.button('1 min')!.click();
        await stage.settle();
        const state = JSON.parse(JSON.stringify(stage.widget.storeState())) as object;
        const again = stage.monitor('j1');
        again.restoreState(state);
        await stage.settle();
        expect(again.node.querySelector('[role=tab][aria-selected=true]')!.textContent).to.equal('Log');
        expect(again.node.querySelector('[aria-pressed=true]')!.textContent).to.equal('1 min');
        again.dispose();
        expect(stage.closed, 'the other one still watches').to.deep.equal([]);
        stage.widget.dispose();
        expect(stage.closed).to.deep.equal(['j1']);
    });
});
