import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { ConnectError } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { OpenerService } from '@theia/core/lib/browser/opener-service';
import { EnvVariablesServer } from '@theia/core/lib/common/env-variables';
import { Emitter } from '@theia/core/lib/common/event';
import { MessageService } from '@theia/core/lib/common/message-service';
import { QuickPickService, type QuickPickItem } from '@theia/core/lib/common/quick-pick-service';
import URI from '@theia/core/lib/common/uri';
import { Container } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { expect } from 'chai';
import { TransferPreferences } from '../common/transfer-preferences';
import type { ExistingAnswer, Job, StagingBatch } from '../common/transfer-protocol';
import { DesktopUpload } from './desktop-upload';
import type { ExistingFileChoice } from './existing-file-dialog';
import { AskAboutFile, ExistingFileQuestions } from './existing-file-questions';
import { StagingClient } from './staging-client';
import { TransferActions } from './transfer-actions';
import { TransferClientModel } from './transfer-client-model';
disableJSDOM();

const BATCH: StagingBatch = { stagingId: 'batch', folder: 'file:///home/u/.connect/staging/batch' };

/** A file entry as a browser gives it. */
const fileEntry = (name: string, content: string): FileSystemEntry =>
    ({
        isFile: true,
        name,
        file: (done: (file: File) => void) => done({ name, size: content.length, content } as unknown as File)
    }) as unknown as FileSystemEntry;

/** A folder entry, whose reader gives two entries at a time as browsers give a hundred. */
const folderEntry = (name: string, children: FileSystemEntry[]): FileSystemEntry =>
    ({
        isFile: false,
        name,
        createReader: () => {
            let at = 0;
            return {
                readEntries: (done: (entries: FileSystemEntry[]) => void) =>
                    done(children.slice(at, (at += 2)))
            };
        }
    }) as unknown as FileSystemEntry;

/** Data of a drop; it is gone once the event is over. */
function drop(entries: FileSystemEntry[]): { transfer: DataTransfer; end(): void } {
    let items = entries.map(entry => ({ kind: 'file', webkitGetAsEntry: () => entry }));
    const transfer = {
        get items() {
            return items;
        },
        files: []
    } as unknown as DataTransfer;
    return { transfer, end: () => (items = []) };
}

class Stage {
    readonly submitted: object[] = [];
    readonly errors: string[] = [];
    readonly done: string[] = [];
    readonly asked: string[] = [];
    /** What the user decides, file by file; then every question is closed. */
    readonly choices: ExistingFileChoice[] = [];
    answer: string | undefined;
    readonly staged = new Map<string, string>();
    readonly removedBatches: string[] = [];
    readonly jobStates = new Emitter<Job>();
    preferences = { 'connect.transfers.downloadFolder': '', 'connect.transfers.alwaysAsk': false };
    chosen: URI | URI[] | undefined;
    cancel = (): void => undefined;
    submitFailure: ConnectError | undefined;
    putFile = async (path: string, content: string): Promise<void> => {
        this.staged.set(path, content);
    };
    readonly actions: TransferActions;

    constructor() {
        const container = new Container();
        container.bind(TransferClientModel).toConstantValue({
            onDidChangeJobState: this.jobStates.event,
            submit: async (sources: string[], target: string, stagingId?: string) => {
                if (this.submitFailure) {
                    throw this.submitFailure;
                }
                this.submitted.push({ sources, target, ...(stagingId === undefined ? {} : { stagingId }) });
                return [{ id: 'j1' }];
            },
            do: async (action: string, ids: string[]) => {
                this.done.push(`${action} ${ids.join()}`);
            },
            setExisting: async (ids: string[], rule: string) => {
                this.done.push(`${rule} ${ids.join()}`);
            },
            answerExisting: async (id: string, answers: ExistingAnswer[], rest?: string) => {
                const single = answers.map(({ path, rule }) => `${rule} ${path}`);
                this.done.push(`${id}: ${[...single, ...(rest ? [`${rest} the rest`] : [])].join(', ')}`);
            },
            describeConflict: async (id: string, path: string) => {
                throw new ConnectError('internal', `${id} ${path}`);
            }
        } as unknown as TransferClientModel);
        container
            .bind(TransferPreferences)
            .toConstantValue(this.preferences as unknown as TransferPreferences);
        container.bind(AccountActions).toConstantValue({
            withAccount: async (id: string, work: () => Promise<void>) => {
                this.done.push(`ask ${id}`);
                await work();
            }
        } as unknown as AccountActions);
        container
            .bind(FileDialogService)
            .toConstantValue({ showOpenDialog: async () => this.chosen } as unknown as FileDialogService);
        container.bind(QuickPickService).toConstantValue({
            show: async (items: QuickPickItem[], options: { title: string; placeholder: string }) => {
                this.asked.push(options.title, options.placeholder);
                return items.find(item => item.label === this.answer);
            }
        } as unknown as QuickPickService);
        container.bind(EnvVariablesServer).toConstantValue({
            getHomeDirUri: async () => 'file:///home/u'
        } as unknown as EnvVariablesServer);
        container.bind(MessageService).toConstantValue({
            error: async (text: string) => this.errors.push(text),
            showProgress: async (_message: object, cancel: () => void) => {
                this.cancel = cancel;
                return { report: () => undefined, cancel: () => undefined };
            }
        } as unknown as MessageService);
        container.bind(StagingClient).toConstantValue({
            create: async () => BATCH,
            makeFolder: async (_id: string, path: string) => {
                this.staged.set(path, '<folder>');
            },
            putFile: async (_id: string, path: string, file: { content: string }, signal: AbortSignal) => {
                await this.putFile(path, file.content);
                if (signal.aborted) {
                    throw new ConnectError('cancelled', 'stopped');
                }
            },
            remove: async (id: string) => {
                this.removedBatches.push(id);
            }
        } as unknown as StagingClient);
        container.bind(DesktopUpload).toSelf();
        container.bind(ExistingFileQuestions).toSelf();
        container.bind(OpenerService).toConstantValue({} as OpenerService);
        const askAbout: AskAboutFile = async ({ name, path, message, place, count }) => {
            this.asked.push(`${place} of ${count}: ${path} of ${name}, ${message}`);
            return this.choices.shift();
        };
        container.bind(AskAboutFile).toConstantValue(askAbout);
        container.bind(TransferActions).toSelf();
        this.actions = container.get(TransferActions);
    }
}

const REMOTE = new URI('connect://demo/in');

describe('transfer actions', () => {
    let stage: Stage;
    before(() => {
        disableJSDOM = enableJSDOM();
    });
    after(() => disableJSDOM());
    beforeEach(() => {
        stage = new Stage();
    });

    it('downloads to the usual folder, to the one set, or to the one given', async () => {
        const sources = [new URI('connect://demo/a')];
        await stage.actions.download(sources);
        stage.preferences['connect.transfers.downloadFolder'] = '~/My Files';
        await stage.actions.download(sources);
        stage.preferences['connect.transfers.downloadFolder'] = '/data';
        await stage.actions.download(sources);
        await stage.actions.download(sources, new URI('file:///elsewhere'));
        expect(stage.submitted).to.deep.equal(
            [
                'file:///home/u/Downloads',
                'file:///home/u/My%20Files',
                'file:///data',
                'file:///elsewhere'
            ].map(target => ({
                sources: ['connect://demo/a'],
                target
            }))
        );
    });

    it('asks for the folder when the settings say so, and does nothing when the user declines', async () => {
        stage.preferences['connect.transfers.alwaysAsk'] = true;
        expect(await stage.actions.download([new URI('connect://demo/a')])).to.deep.equal([]);
        stage.chosen = new URI('file:///chosen');
        await stage.actions.download([new URI('connect://demo/a')]);
        expect(stage.submitted).to.deep.equal([{ sources: ['connect://demo/a'], target: 'file:///chosen' }]);
    });

    it('uploads what the user chooses', async () => {
        expect(await stage.actions.chooseAndUpload(REMOTE)).to.deep.equal([]);
        stage.chosen = [new URI('file:///a'), new URI('file:///b')];
        await stage.actions.chooseAndUpload(REMOTE);
        expect(stage.submitted).to.deep.equal([
            { sources: ['file:///a', 'file:///b'], target: 'connect://demo/in' }
        ]);
    });

    it('shows a failure with what helps, and no more than once', async () => {
        stage.submitFailure = new ConnectError('transfer.source-missing', 'There is no /a');
        expect(await stage.actions.uploadLocal([new URI('file:///a')], REMOTE)).to.deep.equal([]);
        expect(stage.errors).to.have.length(1);
        expect(stage.errors[0]).to.contain('There is no /a').and.contain('Check the path');
    });

    it('brings a drop to the backend, folder by folder, empty ones too, and sends it', async () => {
        const inner = folderEntry('in\nner', [fileEntry('1', 'a'), fileEntry('2', 'b'), fileEntry('3', 'c')]);
        const { transfer, end } = drop([
            fileEntry('ü ?', 'x'),
            folderEntry('tree', [inner, folderEntry('empty', [])])
        ]);
        const done = stage.actions.uploadDropped(transfer, REMOTE);
        end();
        await done;
        expect(Object.fromEntries(stage.staged)).to.deep.equal({
            'ü ?': 'x',
            'tree/in\nner/1': 'a',
            'tree/in\nner/2': 'b',
            'tree/in\nner/3': 'c',
            'tree/empty': '<folder>'
        });
        expect(stage.submitted).to.deep.equal([
            {
                sources: [`${BATCH.folder}/%C3%BC%20%3F`, `${BATCH.folder}/tree`],
                target: 'connect://demo/in',
                stagingId: 'batch'
            }
        ]);
        expect(stage.removedBatches).to.deep.equal([]);
    });

    it('ignores a drop of text', async () => {
        expect(await stage.actions.uploadDropped(drop([]).transfer, REMOTE)).to.deep.equal([]);
        expect(stage.submitted).to.deep.equal([]);
    });

    it('leaves nothing behind when a drop is cancelled or fails', async () => {
        stage.putFile = async () => stage.cancel();
        await stage.actions.uploadDropped(drop([fileEntry('a', '1'), fileEntry('b', '2')]).transfer, REMOTE);
        expect(stage.errors).to.deep.equal([]);
        stage.putFile = async () => {
            throw new ConnectError('transfer.no-space', 'disk is full');
        };
        await stage.actions.uploadDropped(drop([fileEntry('a', '1')]).transfer, REMOTE);
        expect(stage.errors[0]).to.contain('disk is full');
        expect(stage.removedBatches).to.deep.equal(['batch', 'batch']);
        expect(stage.submitted).to.deep.equal([]);
    });

    it('sends dropped files of a desktop app from where they are', async () => {
        const bridge = window as { electronTheiaCore?: object };
        bridge.electronTheiaCore = { getPathForFile: () => '/home/u/a b' };
        try {
            const transfer = { items: [], files: [{}] } as unknown as DataTransfer;
            await stage.actions.uploadDropped(transfer, REMOTE);
        } finally {
            delete bridge.electronTheiaCore;
        }
        expect(stage.submitted).to.deep.equal([
            { sources: ['file:///home/u/a%20b'], target: 'connect://demo/in' }
        ]);
    });

    it('asks unbidden only for transfers of this window, and once', async () => {
        await stage.actions.uploadLocal([new URI('file:///a')], REMOTE);
        const waiting = (id: string): Job => ({ id, accountId: 'demo', state: 'needs-user' }) as Job;
        stage.jobStates.fire(waiting('other'));
        stage.jobStates.fire(waiting('j1'));
        stage.jobStates.fire(waiting('j1'));
        await new Promise(resolve => setImmediate(resolve));
        expect(stage.done).to.deep.equal(['ask demo', 'resume j1']);
    });

    const questioned = (id: string, count: number, ...names: string[]): Job =>
        ({
            id,
            name: 'reel',
            accountId: 'demo',
            state: 'needs-user',
            question: {
                kind: 'existing-files',
                count,
                files: names.map(name => ({ path: `reel/${name}`, message: '5 and 6' }))
            }
        }) as unknown as Job;

    it('asks once about all existing files of its transfers, and passes the answer on', async () => {
        stage.choices.push({ rule: 'overwrite', forAll: true });
        await stage.actions.uploadLocal([new URI('file:///a')], REMOTE);
        stage.jobStates.fire(questioned('other', 1, 'x'));
        stage.jobStates.fire(questioned('j1', 3, 'a', 'b', 'c'));
        await new Promise(resolve => setImmediate(resolve));
        expect(stage.asked).to.deep.equal(['1 of 3: reel/a of reel, 5 and 6']);
        expect(stage.done).to.deep.equal(['overwrite j1']);
    });

    it('asks file by file until there is an answer for all, or the question is closed', async () => {
        stage.choices.push(
            { rule: 'skip', forAll: false },
            { rule: 'rename', forAll: false },
            { rule: 'if-newer', forAll: true },
            { rule: 'overwrite', forAll: false }
        );
        await stage.actions.perform('resume', [
            questioned('a', 9, 'a', 'b', 'c', 'd'),
            questioned('b', 2, 'e', 'f')
        ]);
        expect(stage.asked).to.have.length(5);
        expect(stage.done).to.deep.equal([
            'a: skip reel/a, rename reel/b, if-newer the rest',
            'b: overwrite reel/e'
        ]);
    });

    it('leaves a transfer waiting when the question is closed, and asks again when told to go on', async () => {
        await stage.actions.perform('resume', [questioned('a', 1, 'x'), { id: 'b', accountId: 'x' } as Job]);
        expect(stage.done).to.deep.equal(['ask x', 'resume b']);
        stage.choices.push({ rule: 'skip', forAll: false });
        await stage.actions.perform('resume', [questioned('a', 1, 'x')]);
        expect(stage.done).to.deep.equal(['ask x', 'resume b', 'a: skip reel/x']);
    });

    it('lets a rule be chosen beforehand', async () => {
        stage.answer = 'Overwrite if newer';
        await stage.actions.chooseExisting([{ id: 'a' } as Job, { id: 'b' } as Job]);
        expect(stage.done).to.deep.equal(['if-newer a,b']);
    });

    it('asks per account before it goes on, and not to stop', async () => {
        const of = (id: string, accountId: string): Job => ({ id, accountId }) as Job;
        await stage.actions.perform('retry', [of('a', 'x'), of('b', 'y'), of('c', 'x')]);
        await stage.actions.perform('stop', [of('a', 'x'), of('b', 'y')]);
        expect(stage.done).to.deep.equal(['ask x', 'retry a,c', 'ask y', 'retry b', 'stop a,b']);
    });
});
