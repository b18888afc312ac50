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
import { Widget } from '@theia/core/lib/browser/widgets/widget';
import { CommandService } from '@theia/core/lib/common/command';
import { Emitter } from '@theia/core/lib/common/event';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { newRecord, toJob } from '../common/job-record';
import { TransferPreferences } from '../common/transfer-preferences';
import { TransferService, type Job, type JobSnapshot } from '../common/transfer-protocol';
import { DiagnosisOpener } from './diagnosis/diagnosis-opener';
import { FolderOpener } from './folder-opener';
import { MonitorOpener } from './monitor-opener';
import { TransferActions } from './transfer-actions';
import { TransferClientModel, TransferClientTarget } from './transfer-client-model';
import { TransferSelection } from './transfer-selection';
import { TransferWidget } from './transfer-widget';
disableJSDOM();

function job(order: number, facts: Partial<Job> = {}): Job {
    const record = newRecord({
        id: `j${order}`,
        order,
        name: `file-${order}`,
        direction: 'send',
        sources: [`file:///home/u/file-${order}`],
        target: 'connect://demo/in',
        accountId: 'demo',
        accountName: 'Demo',
        createdMs: 0,
        stagingId: undefined
    });
    // the newest is shown first, as among those that do not wait
    return { ...toJob(record, { rateBps: 0, currentFile: '' }), queueRank: -order, ...facts };
}

const STATUS: JobSnapshot['queue'] = { limits: { manual: {}, automatic: {} }, scheduled: false };

class Stage {
    readonly container = new Container();
    readonly performed: string[] = [];
    readonly menus: object[] = [];
    readonly commands: string[] = [];
    readonly status = new Emitter<ConnectionStatus>();
    snapshot: () => Promise<JobSnapshot> = async () => ({ revision: 1, jobs: [], queue: STATUS });
    widget: TransferWidget;
    private revision = 1;

    constructor() {
        const bind = this.container;
        bind.bind(TransferService).toConstantValue({
            snapshot: () => this.snapshot(),
            move: async (ids: readonly string[], to: unknown) => {
                this.performed.push(`move ${ids.join()} to ${String(to)}`);
            }
        } as unknown as TransferService);
        bind.bind(ConnectionStatusService).toConstantValue({
            currentStatus: ConnectionStatus.ONLINE,
            onStatusChange: this.status.event
        });
        bind.bind(TransferPreferences).toConstantValue({
            'connect.transfers.retry.attempts': 3,
            onPreferenceChanged: new Emitter<never>().event
        } as unknown as TransferPreferences);
        bind.bind(TransferActions).toConstantValue({
            perform: async (action: string, jobs: readonly Job[]) => {
                this.performed.push(`${action} ${jobs.map(each => each.id).join()}`);
            },
            attempt: (work: () => Promise<void>) => work()
        } as unknown as TransferActions);
        bind.bind(FolderOpener).toConstantValue({
            open: async (opened: Job) => {
                this.performed.push(`open ${opened.id}`);
            }
        } as unknown as FolderOpener);
        bind.bind(MonitorOpener).toConstantValue({
            open: async (opened: Job) => {
                this.performed.push(`monitor ${opened.id}`);
            }
        } as unknown as MonitorOpener);
        bind.bind(DiagnosisOpener).toConstantValue({
            open: async (subject: { kind: string; jobId: string }) => {
                this.performed.push(`why ${subject.kind} ${subject.jobId}`);
            }
        } as unknown as DiagnosisOpener);
        bind.bind(CommandService).toConstantValue({
            executeCommand: async (id: string) => this.commands.push(id)
        } as unknown as CommandService);
        bind.bind(ContextMenuRenderer).toConstantValue({
            render: (options: object) => this.menus.push(options)
        } as unknown as ContextMenuRenderer);
        bind.bind(TransferClientTarget).toSelf().inSingletonScope();
        bind.bind(TransferClientModel).toSelf().inSingletonScope();
        bind.bind(TransferSelection).toSelf().inSingletonScope();
        bind.bind(TransferWidget).toSelf();
    }

    async show(...jobs: Job[]): Promise<void> {
        this.snapshot = async () => ({ revision: this.revision, jobs, queue: STATUS });
        await this.open();
    }

    async open(): Promise<void> {
        this.widget = this.container.get(TransferWidget);
        Widget.attach(this.widget, document.body);
        await this.settle();
    }

    async push(changed: Job[], removed: string[] = []): Promise<void> {
        this.revision += 1;
        this.container
            .get(TransferClientTarget)
            .onNews({ jobs: { revision: this.revision, changed, removed } });
        await this.settle();
    }

    /** Lets promises, the widget's message queue and React come to rest. */
    async settle(): Promise<void> {
        for (let i = 0; i < 8; i++) {
            await new Promise(resolve => setImmediate(resolve));
            MessageLoop.flush();
        }
    }

    get node(): HTMLElement {
        return this.widget.node;
    }

    get rows(): HTMLElement[] {
        return Array.from(this.node.querySelectorAll<HTMLElement>('[role=row]'));
    }

    get grid(): HTMLElement {
        return this.node.querySelector<HTMLElement>('[role=grid]')!;
    }

    async key(key: string, modifiers: KeyboardEventInit = {}): Promise<void> {
        this.grid.dispatchEvent(
            new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...modifiers })
        );
        await this.settle();
    }

    /** What a mouse does to a row while something is dragged. */
    async drag(type: string, row: HTMLElement, dataTransfer: object, clientY = 0): Promise<boolean> {
        const event = new document.defaultView!.Event(type, { bubbles: true, cancelable: true });
        const isTaken = !row.dispatchEvent(Object.assign(event, { dataTransfer, clientY }));
        await this.settle();
        return isTaken;
    }

    get selected(): string[] {
        return this.container.get(TransferSelection).jobs.map(each => each.id);
    }
}

describe('list of transfers', () => {
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

    it('says what it is for while it is empty, and offers the first step', async () => {
        await stage.show();
        expect(stage.node.textContent).to.contain('No transfers yet');
        stage.node.querySelector<HTMLButtonElement>('button')!.click();
        expect(stage.commands).to.deep.equal(['connect.transfers.upload']);
    });

    it('says that it is reading until it has read', async () => {
        stage.snapshot = () => new Promise(() => undefined);
        await stage.open();
        expect(stage.node.textContent).to.contain('Reading the list');
        expect(stage.node.textContent).to.not.contain('No transfers yet');
    });

    it('shows why the list cannot be read, and reads it when asked again', async () => {
        stage.snapshot = () =>
            Promise.reject(new ConnectError('not-supported', 'written by a newer version'));
        await stage.open();
        expect(stage.node.querySelector('[role=alert]')!.textContent).to.contain(
            'written by a newer version'
        );
        stage.snapshot = async () => ({ revision: 1, jobs: [job(1)], queue: STATUS });
        stage.node.querySelector<HTMLButtonElement>('[role=alert] button')!.click();
        await stage.settle();
        expect(stage.rows).to.have.length(1);
        expect(stage.node.querySelector('[role=alert]')).to.equal(null);
    });

    it('keeps the last list in sight while the backend is away, and says so', async () => {
        await stage.show(job(1));
        stage.status.fire(ConnectionStatus.OFFLINE);
        await stage.settle();
        expect(stage.node.querySelector('[role=alert]')!.textContent).to.contain('cannot be reached');
        expect(stage.rows).to.have.length(1);
        stage.snapshot = async () => ({ revision: 9, jobs: [job(1), job(2)], queue: STATUS });
        stage.status.fire(ConnectionStatus.ONLINE);
        await stage.settle();
        expect(stage.node.querySelector('[role=alert]')).to.equal(null);
        expect(stage.rows).to.have.length(2);
    });

    it('tells of a transfer what a person needs to know', async () => {
        await stage.show(
            job(1, {
                state: 'transferring',
                bytesDone: 42e6,
                bytesTotal: 100e6,
                scanComplete: true,
                rateBps: 612e6,
                remainingMs: 100_000,
                filesTotal: 1
            })
        );
        const [row] = stage.rows;
        for (const text of [
            'Transferring',
            'file-1',
            '/home/u → Demo:/in',
            '42 %',
            '42 MB of 100 MB',
            '612 Mbps',
            '1:40 left'
        ]) {
            expect(row.textContent).to.contain(text);
        }
        const bar = row.querySelector('[role=progressbar]')!;
        expect(bar.getAttribute('aria-valuenow')).to.equal('42');
        expect(row.querySelector('[aria-label=Upload]')).to.not.equal(null);
    });

    it('shows no hundred percent before everything is verified', async () => {
        await stage.show(job(1, { state: 'finishing', bytesDone: 100, bytesTotal: 100, scanComplete: true }));
        expect(stage.rows[0].textContent).to.contain('99 %');
        await stage.push([job(1, { state: 'completed', verified: true, bytesDone: 100, bytesTotal: 100 })]);
        expect(stage.rows[0].textContent).to.contain('Completed, verified');
    });

    it('says how long ago a transfer ended, and when exactly', async () => {
        const endedMs = Date.now() - 3 * 3_600_000 - 60_000;
        await stage.show(job(1, { state: 'failed', endedMs }), job(2, { state: 'queued', endedMs }));
        const since = stage.node.querySelectorAll<HTMLElement>('.connect-transfer-speed.since');
        expect(Array.from(since).map(({ textContent, title }) => [textContent, title])).to.deep.equal([
            ['3 h ago', new Date(endedMs).toLocaleString()]
        ]);
    });

    it('names the error, its code and what helps', async () => {
        const error = new ConnectError('transfer.udp-blocked', 'no answer from h:33001').toWire();
        await stage.show(job(1, { state: 'failed', error }));
        const text = stage.rows[0].textContent!;
        expect(text)
            .to.contain('no answer from h:33001')
            .and.contain('transfer.udp-blocked, 14')
            .and.contain('firewall');
    });

    it('counts down to the next try', async () => {
        await stage.show(job(1, { state: 'retrying', attempt: 2, retryAtMs: Date.now() + 24_900 }));
        expect(stage.rows[0].textContent).to.match(/Retrying 2\/3 in 0:2[345]/);
    });

    it('announces starts, ends and failures, and nothing else', async () => {
        await stage.show();
        const live = (): string => stage.node.querySelector('[role=status][aria-live]')!.textContent!;
        await stage.push([job(1, { state: 'preparing' })]);
        expect(live()).to.equal('Transfer of file-1 started');
        await stage.push([job(1, { state: 'transferring', bytesDone: 5, bytesTotal: 9 })]);
        expect(live()).to.equal('Transfer of file-1 started');
        await stage.push([job(1, { state: 'completed' })]);
        expect(live()).to.equal('Transfer of file-1 completed');
    });

    it('offers the actions that make sense, and performs them', async () => {
        await stage.show(
            job(1, { state: 'queued' }),
            job(2, { state: 'transferring' }),
            job(3, { state: 'failed' }),
            job(4, { state: 'stopped' })
        );
        const titles = stage.rows.map(row =>
            Array.from(row.querySelectorAll('button')).map(button => button.title)
        );
        expect(titles).to.deep.equal([
            ['Open monitor', 'Open containing folder', 'Stop', 'Remove from list'],
            ['Open monitor', 'Why?', 'Stop', 'Start now', 'Remove from list'],
            ['Open monitor', 'Why?', 'Open containing folder', 'Resume', 'Remove from list'],
            ['Open monitor', 'Why?', 'Open containing folder', 'Retry', 'Remove from list']
        ]);
        const press = (row: number, title: string): void =>
            stage.rows[row].querySelector<HTMLButtonElement>(`button[title="${title}"]`)!.click();
        press(0, 'Stop');
        press(1, 'Start now');
        press(2, 'Resume');
        press(3, 'Retry');
        press(0, 'Open containing folder');
        press(0, 'Open monitor');
        press(3, 'Why?');
        await stage.settle();
        expect(stage.performed).to.deep.equal([
            'stop j2',
            'start-now j1',
            'resume j4',
            'retry j3',
            'open j2',
            'monitor j2',
            'why job j3'
        ]);
    });

    it('is a list for the keyboard: arrows, ends, ranges', async () => {
        await stage.show(job(1), job(2), job(3), job(4));
        await stage.key('ArrowDown');
        expect(stage.selected).to.deep.equal(['j4']);
        await stage.key('ArrowDown', { shiftKey: true });
        expect(stage.selected).to.deep.equal(['j4', 'j3']);
        await stage.key('End');
        expect(stage.selected).to.deep.equal(['j1']);
        expect(stage.grid.getAttribute('aria-activedescendant')).to.equal('connect-transfer-j1');
        expect(document.getElementById('connect-transfer-j1')!.getAttribute('aria-selected')).to.equal(
            'true'
        );
        await stage.key('Home', { shiftKey: true });
        expect(stage.selected).to.have.length(4);
        await stage.key('ArrowDown');
        expect(stage.selected).to.deep.equal(['j3']);
    });

    it('lets waiting transfers be dragged to their place in the queue, and nowhere else', async () => {
        await stage.show(
            job(1, { state: 'queued', queueRank: 1 }),
            job(2, { state: 'queued', queueRank: 2 }),
            job(3, { state: 'queued', queueRank: 3 }),
            job(4, { state: 'transferring' })
        );
        const row = (id: string): HTMLElement => stage.rows.find(({ dataset }) => dataset.jobId === id)!;
        expect(row('j1').draggable).to.equal(true);
        expect(row('j4').draggable).to.equal(false);
        const types: string[] = [];
        const dataTransfer = { types, setData: (type: string) => types.push(type) };
        await stage.drag('dragstart', row('j3'), dataTransfer);
        expect(stage.selected).to.deep.equal(['j3']);
        expect(await stage.drag('dragover', row('j4'), dataTransfer)).to.equal(false);
        // rows of jsdom have no height: 1 is below their middle
        expect(await stage.drag('dragover', row('j1'), dataTransfer, 1)).to.equal(true);
        expect(row('j1').className).to.contain('drop-after');
        await stage.drag('drop', row('j1'), dataTransfer, 1);
        expect(row('j1').className).to.not.contain('drop-');
        expect(stage.performed).to.deep.equal(['move j3 to 2']);
        expect(await stage.drag('dragover', row('j1'), { types: ['Files'] }), 'of others').to.equal(false);
    });

    it('shows what is chosen before the next key can come: commands act on it', async () => {
        await stage.show(job(1), job(2));
        for (const id of ['j2', 'j1']) {
            const event = { key: 'ArrowDown', bubbles: true, cancelable: true };
            stage.grid.dispatchEvent(new KeyboardEvent('keydown', event));
            const marked = stage.rows.filter(row => row.getAttribute('aria-selected') === 'true');
            expect(marked.map(row => row.dataset.jobId)).to.deep.equal([id]);
            expect(stage.selected).to.deep.equal([id]);
        }
    });

    it('goes to the row whose name is typed', async () => {
        await stage.show(job(1, { name: 'beta' }), job(2, { name: 'alpha' }), job(3, { name: 'bravo' }));
        await stage.key('b');
        expect(stage.selected).to.deep.equal(['j3']);
        await stage.key('e');
        expect(stage.selected).to.deep.equal(['j1']);
    });

    it('opens the monitor of a row by a double click, but not of its buttons', async () => {
        await stage.show(job(1, { state: 'transferring' }));
        const twice = (node: Element): boolean =>
            node.dispatchEvent(new MouseEvent('dblclick', { bubbles: true }));
        twice(stage.rows[0].querySelector('button')!);
        expect(stage.performed).to.deep.equal([]);
        twice(stage.rows[0]);
        expect(stage.performed).to.deep.equal(['monitor j1']);
    });

    it('opens the menu by key and by mouse, on the row it is asked for', async () => {
        await stage.show(job(1), job(2));
        await stage.key('ArrowDown');
        await stage.key('F10', { shiftKey: true });
        await stage.key('ContextMenu');
        expect(stage.menus).to.have.length(2);
        stage.rows[1].dispatchEvent(new MouseEvent('contextmenu', { bubbles: true, cancelable: true }));
        await stage.settle();
        expect(stage.menus).to.have.length(3);
        expect(stage.selected).to.deep.equal(['j1']);
    });

    it('gives the focus to the next row when the focused one goes', async () => {
        await stage.show(job(1), job(2), job(3));
        await stage.key('ArrowDown');
        await stage.key('ArrowDown');
        await stage.push([], ['j2']);
        expect(stage.selected).to.deep.equal(['j1']);
    });

    it('draws only the rows in sight of a thousand', async () => {
        await stage.show(...Array.from({ length: 1000 }, (_, i) => job(i + 1)));
        expect(stage.rows.length).to.be.within(5, 40);
        expect(stage.grid.getAttribute('aria-rowcount')).to.equal('1000');
        expect(stage.rows[0].dataset.jobId).to.equal('j1000');
        stage.grid.scrollTop = 900 * 52;
        stage.grid.dispatchEvent(new window.Event('scroll', { bubbles: true }));
        await stage.settle();
        expect(stage.rows.some(row => row.dataset.jobId === 'j100')).to.equal(true);
        expect(stage.rows.length).to.be.within(5, 40);
    });

    it('asks for everything again when it missed a change', async () => {
        await stage.show(job(1));
        stage.snapshot = async () => ({ revision: 7, jobs: [job(1), job(2), job(3)], queue: STATUS });
        stage.container
            .get(TransferClientTarget)
            .onNews({ jobs: { revision: 6, changed: [job(2)], removed: [] } });
        await stage.settle();
        expect(stage.rows).to.have.length(3);
    });
});
