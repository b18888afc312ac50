import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
const disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import type { Command, CommandHandler, CommandRegistry } from '@theia/core/lib/common/command';
import { QuickInputService, type InputOptions } from '@theia/core/lib/common/quick-pick-service';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import type { Job, QueueStatus } from '../common/transfer-protocol';
import { QueueCommands } from './queue-commands';
import { TransferActions } from './transfer-actions';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferSelection } from './transfer-selection';
disableJSDOM();

const job = (id: string, state: Job['state'], facts: Partial<Job> = {}): Job =>
    ({ id, state, name: id, rate: {}, priority: 'normal', ...facts }) as Job;

class Stage {
    readonly calls: string[] = [];
    jobs: Job[] = [];
    queue: QueueStatus = { limits: { manual: {}, automatic: {} }, scheduled: false };
    typed: string | undefined;
    complaint: unknown;
    /** What the input had in it at first. */
    proposed: string | undefined;
    /** Tells of changes of {@link jobs}. */
    changed!: () => void;
    private readonly handlers = new Map<string, CommandHandler>();

    constructor() {
        const container = new Container();
        const record =
            (name: string) =>
            async (...args: unknown[]): Promise<void> => {
                this.calls.push(`${name} ${JSON.stringify(args)}`);
            };
        const queue = (): QueueStatus => this.queue;
        container.bind(TransferClientModel).toConstantValue({
            get queue() {
                return queue();
            },
            onDidChange: (listener: () => void) => (this.changed = listener),
            job: (id: string) => this.jobs.find(each => each.id === id),
            move: record('move'),
            setPriority: record('priority'),
            setRate: record('rate'),
            pauseAll: record('pause'),
            resumeAll: record('resume')
        } as unknown as TransferClientModel);
        const jobs = (): Job[] => this.jobs;
        container.bind(TransferSelection).toConstantValue({
            get jobs() {
                return jobs();
            },
            get focused() {
                return jobs()[0];
            }
        } as unknown as TransferSelection);
        container.bind(TransferActions).toConstantValue({
            attempt: (work: () => Promise<void>) => work(),
            chooseExisting: async (asked: Job[]) => this.calls.push(`ask ${asked.map(({ id }) => id).join()}`)
        } as unknown as TransferActions);
        container.bind(QuickInputService).toConstantValue({
            input: async (options: InputOptions) => {
                this.proposed = options.value;
                this.complaint = await options.validateInput!(this.typed ?? '');
                return this.complaint === undefined ? this.typed : undefined;
            }
        } as unknown as QuickInputService);
        container.bind(QueueCommands).toSelf();
        container.get(QueueCommands).register({
            registerCommand: ({ id }: Command, handler: CommandHandler) => this.handlers.set(id, handler)
        } as unknown as CommandRegistry);
    }

    handler(command: Command): CommandHandler {
        return this.handlers.get(command.id)!;
    }

    async run(command: Command): Promise<string[]> {
        this.calls.length = 0;
        await this.handler(command).execute();
        return [...this.calls];
    }
}

describe('commands of the queue', () => {
    let stage: Stage;
    beforeEach(() => {
        stage = new Stage();
    });

    it('move and rank those of the chosen transfers that wait', async () => {
        stage.jobs = [job('a', 'queued', { position: 4 }), job('b', 'completed'), job('c', 'queued')];
        expect(await stage.run(TransferCommands.MOVE_UP)).to.deep.equal(['move [["a","c"],"up"]']);
        expect(await stage.run(TransferCommands.MOVE_DOWN)).to.deep.equal(['move [["a","c"],"down"]']);
        expect(await stage.run(TransferCommands.MOVE_TOP)).to.deep.equal(['move [["a","c"],"top"]']);
        expect(await stage.run(TransferCommands.MOVE_BOTTOM)).to.deep.equal(['move [["a","c"],"bottom"]']);
        expect(await stage.run(TransferCommands.PRIORITY_HIGH)).to.deep.equal([
            'priority [["a","c"],"high"]'
        ]);
        stage.typed = '12';
        expect(await stage.run(TransferCommands.MOVE_TO)).to.deep.equal(['move [["a","c"],12]']);
        stage.typed = '0';
        expect(await stage.run(TransferCommands.MOVE_TO)).to.deep.equal([]);
        expect(stage.complaint).to.contain('number');
    });

    it('are there only for transfers that they make sense for', () => {
        const able = (command: Command, ...jobs: Job[]): boolean => {
            stage.jobs = jobs;
            return stage.handler(command).isEnabled!();
        };
        expect(able(TransferCommands.MOVE_UP)).to.equal(false);
        expect(able(TransferCommands.MOVE_UP, job('a', 'transferring'))).to.equal(false);
        expect(able(TransferCommands.MOVE_UP, job('a', 'transferring'), job('b', 'queued'))).to.equal(true);
        expect(able(TransferCommands.RESTART, job('a', 'transferring'))).to.equal(false);
        expect(able(TransferCommands.RESTART, job('a', 'failed'))).to.equal(true);
        expect(able(TransferCommands.LIMIT_RATE, job('a', 'completed'))).to.equal(false);
        expect(able(TransferCommands.EXISTING, job('a', 'queued'))).to.equal(true);
    });

    it('mark the priority that the focused transfer has', () => {
        stage.jobs = [job('a', 'queued', { priority: 'low' })];
        expect(stage.handler(TransferCommands.PRIORITY_LOW).isToggled!()).to.equal(true);
        expect(stage.handler(TransferCommands.PRIORITY_HIGH).isToggled!()).to.equal(false);
    });

    it('limit the rate of each, and leave the rest of what was set for it', async () => {
        stage.jobs = [
            job('a', 'transferring', { rate: { targetBps: 1e6, policy: 'low' } }),
            job('b', 'queued')
        ];
        stage.typed = '20 Mbps';
        expect(await stage.run(TransferCommands.LIMIT_RATE)).to.deep.equal([
            'rate [["a"],{"targetBps":20000000,"policy":"low"}]',
            'rate [["b"],{"targetBps":20000000}]'
        ]);
        stage.typed = '';
        expect((await stage.run(TransferCommands.LIMIT_RATE))[0]).to.equal('rate [["a"],{"policy":"low"}]');
        stage.typed = 'fast';
        expect(await stage.run(TransferCommands.LIMIT_RATE)).to.deep.equal([]);
        expect(stage.complaint).to.contain('20M');
    });

    it('propose the rate that was asked for last, also while the list does not have it', async () => {
        stage.jobs = [job('a', 'queued')];
        stage.typed = '20M';
        await stage.run(TransferCommands.LIMIT_RATE);
        expect(stage.proposed).to.equal('');
        await stage.run(TransferCommands.LIMIT_RATE);
        expect(stage.proposed).to.match(/^20\D/);
        stage.jobs = [job('a', 'queued', { rate: { targetBps: 5e6 } })];
        stage.changed();
        await stage.run(TransferCommands.LIMIT_RATE);
        expect(stage.proposed).to.match(/^5\D/);
    });

    it('pause and go on, whichever makes sense', async () => {
        expect(stage.handler(TransferCommands.RESUME_ALL).isEnabled!()).to.equal(false);
        expect(await stage.run(TransferCommands.PAUSE_ALL)).to.deep.equal(['pause []']);
        expect(await stage.run(TransferCommands.PAUSE_HOUR)).to.deep.equal(['pause [3600000]']);
        stage.queue = { ...stage.queue, paused: {} };
        expect(stage.handler(TransferCommands.PAUSE_ALL).isEnabled!()).to.equal(false);
        expect(await stage.run(TransferCommands.RESUME_ALL)).to.deep.equal(['resume []']);
    });

    it('ask what is to happen with existing files', async () => {
        stage.jobs = [job('a', 'queued'), job('b', 'completed')];
        expect(await stage.run(TransferCommands.EXISTING)).to.deep.equal(['ask a']);
    });
});
