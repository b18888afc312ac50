import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no drag events, and a library extends them when it is loaded
(globalThis as { DragEvent?: unknown }).DragEvent ??= class extends MouseEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { MemoryRemoteFileSystem } from '@connect/api/lib/testing/memory-remote-file-system';
import { ConnectError, ErrorCode } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { remoteUri } from '@connect/security/lib/common/remote-uri';
import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import { CommandContribution, CommandRegistry, MenuContribution } from '@theia/core/lib/common';
import {
    KeybindingContribution,
    LabelProvider,
    LabelProviderContribution,
    TreeNode,
    WidgetFactory
} from '@theia/core/lib/browser';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { TabBarToolbarContribution } from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import URI from '@theia/core/lib/common/uri';
import type * as React from '@theia/core/shared/react';
import { flushSync } from '@theia/core/shared/react-dom';
import { createRoot } from '@theia/core/shared/react-dom/client';
import { DirNode, FileStatNode } from '@theia/filesystem/lib/browser';
import { FileServiceContribution } from '@theia/filesystem/lib/browser/file-service';
import { expect } from 'chai';
import { createTestFrontend, TestFrontend } from '../testing/frontend-container';
import { RemoteFileService } from '../common/remote-file-protocol';
import { RemoteActions } from './remote-actions';
import { RemoteFileSystemProvider } from './remote-file-system-provider';
import { AccountNode, isStatusNode, StatusNode } from './remote-tree';
import { RemoteTreeModel } from './remote-tree-model';
import { REMOTE_TREE_ID, RemoteTreeWidget } from './remote-tree-widget';
import { arrivals } from './transfer-refresh';
disableJSDOM();

const ALPHA = { id: 'alpha', name: 'Alpha', typeId: 'memory', settings: {} };
const at = (path: string): string => remoteUri('alpha', path);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Lets everything that waits on resolved promises go on. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

class BrokenFileSystem extends MemoryRemoteFileSystem {
    broken: ErrorCode | undefined;

    override async list(path: string, limit: number): ReturnType<MemoryRemoteFileSystem['list']> {
        if (this.broken) {
            throw new ConnectError(this.broken, 'It is broken.');
        }
        return super.list(path, limit);
    }
}

describe('Remote view', () => {
    let files: BrokenFileSystem;
    let frontend: TestFrontend;
    let widget: RemoteTreeWidget;
    let model: RemoteTreeModel;

    before(() => {
        disableJSDOM = enableJSDOM();
    });

    after(() => disableJSDOM());

    beforeEach(async () => {
        files = new BrokenFileSystem(() => 1_000);
        frontend = createTestFrontend(new Map([['alpha', files]]));
        const { container } = frontend;
        const factory = container
            .getAll<WidgetFactory>(WidgetFactory)
            .find(each => each.id === REMOTE_TREE_ID)!;
        widget = (await factory.createWidget()) as RemoteTreeWidget;
        model = widget.model;
        frontend.setAccounts([ALPHA]);
        await settle();
    });

    afterEach(() => widget.dispose());

    const account = (): AccountNode => model.accountNodes[0];
    const rows = (folder: DirNode = account()): string[] =>
        folder.children.map(node => frontend.container.get(LabelProvider).getName(node));
    const status = (folder: DirNode = account()): StatusNode | undefined =>
        folder.children.find(isStatusNode);
    const open = async (node: DirNode = account()): Promise<void> => {
        await model.reload(node);
        await settle();
    };
    const find = (path: string): FileStatNode => model.getNode(at(path)) as FileStatNode;

    it('resolves everything that its module contributes', () => {
        for (const point of [
            WidgetFactory,
            FrontendApplicationContribution,
            CommandContribution,
            MenuContribution,
            KeybindingContribution,
            LabelProviderContribution,
            TabBarToolbarContribution,
            FileServiceContribution
        ]) {
            expect(frontend.container.getAll(point), String(point)).not.to.be.empty;
        }
    });

    it('lists nothing before an account is opened', () => {
        expect(model.accountNodes.map(node => node.account.name)).to.deep.equal(['Alpha']);
        expect(account().accountState).to.equal('idle');
        expect(account().children).to.deep.equal([]);
    });

    it('tells accounts that could not be read from there being none', () => {
        const shown = (): string => {
            const drawing = widget as unknown as { renderTree(model: RemoteTreeModel): React.ReactNode };
            const place = document.createElement('div');
            const root = createRoot(place);
            flushSync(() => root.render(drawing.renderTree(model)));
            const { textContent } = place;
            flushSync(() => root.unmount());
            return textContent ?? '';
        };
        frontend.setAccounts([]);
        expect(shown()).to.contain('Add Account…').and.not.to.contain('Retry');
        frontend.setAccounts(new ConnectError('internal', 'The database is locked.'));
        expect(shown()).to.contain('The database is locked.').and.to.contain('Retry');
        expect(shown()).not.to.contain('No accounts');
    });

    it('names the account to the commands of its menu, on every row below it', async () => {
        await files.makeFolder('/folder');
        await open();
        await open(find('/folder') as DirNode);
        const menu = widget as unknown as { toContextMenuArgs(node: TreeNode): unknown[] };
        for (const node of [account(), find('/folder'), status(find('/folder') as DirNode)!]) {
            expect(menu.toContextMenuArgs(node)?.[0]).to.equal('alpha');
        }
    });

    it('shows folders before files, and says that an account is connected', async () => {
        await files.write('/a first', bytes('x'));
        await files.makeFolder('/z folder');
        await open();
        expect(rows()).to.deep.equal(['z folder', 'a first']);
        expect(account().accountState).to.equal('connected');
    });

    it('says that a folder is empty', async () => {
        await open();
        expect(rows()).to.deep.equal(['Empty folder']);
    });

    it('says that a listing was cut', async () => {
        for (const name of ['a', 'b', 'c', 'd']) {
            await files.write(`/${name}`, bytes(name));
        }
        await open();
        expect(rows()).to.deep.equal(['a', 'b', 'c', 'The first 3 items are shown']);
    });

    for (const [code, state, retry] of [
        ['security.credentials-required', 'signed-out', 'Sign in'],
        ['transfer.connect-refused', 'offline', 'Reconnect'],
        ['security.account-unknown', 'failed', 'Retry']
    ] as const) {
        it(`shows ${code} with the way out, and recovers`, async () => {
            files.broken = code;
            await open();
            expect(account().accountState).to.equal(state);
            expect(status()?.retry).to.equal(retry);
            files.broken = undefined;
            await files.write('/a', bytes('x'));
            model.openNode(status());
            await settle();
            expect(rows()).to.deep.equal(['a']);
            expect(account().accountState).to.equal('connected');
        });
    }

    it('asks for what it needs to sign in while something lists by itself, and not for that', async () => {
        await files.makeFolder('/folder');
        await open();
        const asking: string[] = [];
        Object.assign(frontend.container.get(AccountActions), {
            withAccount: (id: string, work: () => Promise<unknown>) => {
                asking.push(id);
                return work();
            }
        });
        let answer!: () => void;
        const answered = new Promise<void>(resolve => (answer = resolve));
        const listNow = files.list.bind(files);
        files.list = (path, limit) => answered.then(() => listNow(path, limit));
        frontend.container.get(RemoteFileSystemProvider).fireAdded([new URI(at('/new'))]);
        await settle();
        expect(asking, 'by itself').to.deep.equal([]);
        const wanted = [model.expandNode(find('/folder') as DirNode), model.reload(account())];
        await settle();
        expect(asking, 'a folder that is opened, and one that is refreshed').to.deep.equal([
            'alpha',
            'alpha'
        ]);
        answer();
        await Promise.all(wanted);
        await settle();
        expect(asking).to.have.length(2);
        expect(rows(find('/folder') as DirNode)).to.deep.equal(['Empty folder']);
    });

    it('keeps the rows that it knows when the connection breaks', async () => {
        await files.write('/a', bytes('x'));
        await open();
        files.broken = 'transfer.connection-lost';
        await model.refresh(account());
        expect(rows()).to.deep.equal(['Connection lost', 'a']);
        expect(account().accountState).to.equal('offline');
    });

    it('tells a failure of one folder there, without a word about the account', async () => {
        await files.makeFolder('/folder');
        await open();
        files.broken = 'files.permission-denied';
        await open(find('/folder') as DirNode);
        expect(rows(find('/folder') as DirNode)).to.deep.equal(['No permission']);
        expect(account().accountState).to.equal('connected');
    });

    it('shows what a finished transfer has brought', async () => {
        await files.makeFolder('/in');
        await open();
        await open(find('/in') as DirNode);
        await files.write('/in/new', bytes('x'));
        const app = frontend.container.getAll<FrontendApplicationContribution>(
            FrontendApplicationContribution
        );
        app.find(each => each.constructor.name === 'TransferRefresh')?.initialize?.();
        frontend.jobs.fire({
            direction: 'send',
            state: 'completed',
            sources: ['file:///home/ana/new'],
            target: at('/in')
        } as unknown as Job);
        await settle();
        expect(rows(find('/in') as DirNode)).to.deep.equal(['new']);
    });

    it('removes the rows of an account that is gone', async () => {
        await open();
        frontend.setAccounts([]);
        await settle();
        expect(model.accountNodes).to.deep.equal([]);
    });

    describe('drops', () => {
        const drag = (
            type: string,
            data: ReadonlyArray<readonly [string, string]>,
            options: object = {}
        ): DragEvent => {
            const held = new Map(data);
            const event = new MouseEvent(type, { bubbles: true, cancelable: true, ...options });
            Object.assign(event, {
                dataTransfer: {
                    types: [...held.keys()],
                    getData: (key: string) => held.get(key) ?? '',
                    files: [],
                    dropEffect: 'move'
                }
            });
            return event as DragEvent;
        };
        // React is not needed to learn what a row does with an event
        const over = (node: TreeNode | undefined, event: DragEvent): void =>
            (
                widget as unknown as { handleDragOverEvent(node: unknown, event: unknown): void }
            ).handleDragOverEvent(node, event);
        const drop = (node: TreeNode | undefined, event: DragEvent): Promise<void> =>
            (
                widget as unknown as { handleDropEvent(node: unknown, event: unknown): Promise<void> }
            ).handleDropEvent(node, event);

        beforeEach(async () => {
            await files.makeFolder('/in');
            await files.write('/file', bytes('x'));
            await open();
        });

        it('uploads local files into the folder, also when dropped onto one of its files', async () => {
            const local = drag('drop', [['theia-editor-dnd', 'file:///a\nfile:///b%0Ac']]);
            await drop(find('/in'), local);
            await drop(find('/file'), local);
            expect(frontend.recorded.transfers).to.deep.equal([
                { kind: 'upload', sources: ['file:///a', 'file:///b%0Ac'], target: at('/in') },
                { kind: 'upload', sources: ['file:///a', 'file:///b%0Ac'], target: at('/') }
            ]);
        });

        it('uploads files of the desktop', async () => {
            await drop(find('/in'), drag('drop', [['Files', '']]));
            expect(frontend.recorded.transfers).to.deep.equal([
                { kind: 'upload-dropped', sources: [], target: at('/in') }
            ]);
        });

        it('sends nothing to an account that was never listed when it lacks the right, and says so', async () => {
            const grant = (write: boolean): object =>
                Object.assign(files, { capabilities: { ...files.capabilities, write } });
            grant(false);
            const fresh = createTestFrontend(new Map([['beta', files]]));
            const actions = fresh.container.get(RemoteActions);
            const target = remoteUri('beta', '/in');
            const plans = [
                { kind: 'upload-dropped', target },
                { kind: 'upload', sources: ['file:///a'], target }
            ] as const;
            for (const plan of plans) {
                const { dataTransfer } = drag('drop', [['Files', '']]);
                expect(await actions.perform(plan, dataTransfer!)).to.equal(false);
                expect(actions.checked(plan).kind).to.equal('refuse');
            }
            expect(fresh.recorded.transfers).to.deep.equal([]);
            expect(fresh.recorded.messages[0]).to.contain('“upload”');
            grant(true);
            expect(await actions.perform(plans[1])).to.equal(true);
            expect(fresh.recorded.transfers).to.have.length(1);
        });

        it('leaves it to the transfer to wait for a server that cannot be reached', async () => {
            const fresh = createTestFrontend(new Map());
            const unreachable = new ConnectError('transfer.connect-refused', 'Nobody there.');
            fresh.container.rebind(RemoteFileService).toConstantValue({
                capabilities: () => Promise.reject(unreachable)
            } as unknown as RemoteFileService);
            const plan = { kind: 'upload', sources: ['file:///a'], target: remoteUri('beta', '/') } as const;
            expect(await fresh.container.get(RemoteActions).perform(plan)).to.equal(true);
            expect(fresh.recorded.transfers).to.have.length(1);
        });

        it('shows no-drop and the reason over an account that may not be written', async () => {
            Object.assign(files, { capabilities: { ...files.capabilities, write: false } });
            await open();
            const refused = drag('dragover', [['Files', '']]);
            over(find('/in'), refused);
            expect(refused.dataTransfer?.dropEffect).to.equal('none');
            expect(frontend.recorded.hints.join()).to.contain('“upload”');
        });

        it('moves within the account', async () => {
            await drop(find('/in'), drag('drop', [['theia-editor-dnd', at('/file')]]));
            await settle();
            expect((await files.list('/in', 9)).entries.map(entry => entry.name)).to.deep.equal(['file']);
            expect(rows()).to.deep.equal(['in']);
        });

        it('leaves text alone', async () => {
            const event = drag('drop', [['text/plain', 'hello']]);
            await drop(find('/in'), event);
            expect(event.defaultPrevented).to.equal(false);
            expect(frontend.recorded.transfers).to.deep.equal([]);
        });

        it('accepts files over a folder, and says why not beside every folder', () => {
            const accepted = drag('dragover', [['Files', '']]);
            over(find('/in'), accepted);
            expect(accepted.defaultPrevented).to.equal(true);
            expect(accepted.dataTransfer?.dropEffect).to.equal('copy');
            const refused = drag('dragover', [['Files', '']]);
            over(undefined, refused);
            expect(refused.dataTransfer?.dropEffect).to.equal('none');
            expect(frontend.recorded.hints).to.have.length(1);
        });
    });

    describe('clipboard and commands', () => {
        let commands: CommandRegistry;

        beforeEach(async () => {
            await files.makeFolder('/in');
            await files.write('/file', bytes('x'));
            await open();
            commands = frontend.container.get(CommandRegistry);
            for (const contribution of frontend.container.getAll<CommandContribution>(CommandContribution)) {
                contribution.registerCommands(commands);
            }
        });

        const choose = async (...paths: string[]): Promise<void> => {
            const { container } = frontend;
            // commands look for the widget that the application shows
            const { WidgetManager } = await import('@theia/core/lib/browser');
            Object.assign(container.get(WidgetManager), { tryGetWidget: () => widget });
            model.clearSelection();
            for (const path of paths) {
                model.toggleNode(find(path));
            }
        };

        it('pastes local files as an upload', async () => {
            await choose('/in');
            await widget.paste(['file:///a']);
            expect(frontend.recorded.transfers).to.deep.equal([
                { kind: 'upload', sources: ['file:///a'], target: at('/in') }
            ]);
        });

        it('moves what was cut, and refuses to copy on the server', async () => {
            await choose('/file');
            await commands.executeCommand('connect.remote.copy');
            await choose('/in');
            await commands.executeCommand('connect.remote.paste');
            expect(frontend.recorded.messages.join()).to.contain('cannot copy');
            await choose('/file');
            await commands.executeCommand('connect.remote.cut');
            expect(frontend.recorded.clipboardText).to.equal(at('/file'));
            await choose('/in');
            await commands.executeCommand('connect.remote.paste');
            expect((await files.list('/in', 9)).entries.map(entry => entry.name)).to.deep.equal(['file']);
        });

        it('downloads what is chosen', async () => {
            await choose('/file', '/in');
            await commands.executeCommand('connect.remote.download');
            const [{ kind, sources }] = frontend.recorded.transfers;
            expect(kind).to.equal('download');
            expect([...sources].sort()).to.deep.equal([at('/file'), at('/in')]);
        });

        it('disables what the server does not grant, and what needs a choice', async () => {
            await choose('/file');
            expect(commands.isEnabled('connect.remote.rename')).to.equal(true);
            await choose('/file', '/in');
            expect(commands.isEnabled('connect.remote.rename')).to.equal(false);
            await choose();
            expect(commands.isEnabled('connect.remote.delete')).to.equal(false);
            Object.assign(files, { capabilities: { ...files.capabilities, delete: false, write: false } });
            await open();
            await choose('/file');
            expect(commands.isEnabled('connect.remote.delete')).to.equal(false);
            expect(commands.isEnabled('connect.remote.upload')).to.equal(false);
            expect(commands.isEnabled('connect.remote.download')).to.equal(true);
            expect(commands.isEnabled('connect.remote.paste')).to.equal(true);
            Object.assign(files, { capabilities: { ...files.capabilities, rename: false, read: false } });
            await open();
            await choose('/file');
            expect(commands.isEnabled('connect.remote.paste')).to.equal(false);
            expect(commands.isEnabled('connect.remote.download')).to.equal(false);
        });

        it('names the file that could not be deleted', async () => {
            const actions = frontend.container.get(RemoteActions);
            const done = await actions.report(() => actions.delete([new URI(at('/gone'))]));
            expect(done).to.equal(false);
            expect(frontend.recorded.messages[0]).to.contain('“gone”');
        });
    });
});

describe('arrivals', () => {
    const job = (more: Partial<Job>): Job =>
        ({
            direction: 'send',
            state: 'completed',
            sources: ['file:///x/a%20b', 'file:///x/c%0Ad'],
            target: at('/in'),
            ...more
        }) as Job;

    it('are the sources within the target, and the target itself', () => {
        expect(arrivals(job({})).map(String)).to.deep.equal([at('/in'), at('/in/a b'), at('/in/c\nd')]);
        expect(arrivals(job({ state: 'failed' }))).to.have.length(3);
    });

    it('are none while it runs, nor for downloads', () => {
        expect(arrivals(job({ state: 'transferring' }))).to.deep.equal([]);
        expect(arrivals(job({ direction: 'receive', target: 'file:///x' }))).to.deep.equal([]);
    });
});
