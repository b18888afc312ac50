import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no drag events, and a library extends them when it is loaded
(globalThis as { DragEvent?: unknown }).DragEvent ??= class extends MouseEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { MemoryRemoteFileSystem } from '@connect/api/lib/testing/memory-remote-file-system';
import { remoteUri } from '@connect/security/lib/common/remote-uri';
import { WidgetFactory } from '@theia/core/lib/browser';
import { Widget } from '@theia/core/lib/browser/widgets';
import URI from '@theia/core/lib/common/uri';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import { FileStatNode } from '@theia/filesystem/lib/browser';
import { expect } from 'chai';
import { createTestFrontend, TestFrontend } from '../testing/frontend-container';
import { REMOTE_TREE_ID, RemoteTreeWidget } from './remote-tree-widget';
disableJSDOM();

const ALPHA = { id: 'alpha', name: 'Alpha', typeId: 'memory', settings: {} };
const at = (path: string): string => remoteUri('alpha', path);

/** Lets everything that waits on resolved promises go on. */
const settle = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('Remote view by keyboard', () => {
    let files: MemoryRemoteFileSystem;
    let frontend: TestFrontend;
    let widget: RemoteTreeWidget;

    before(() => {
        disableJSDOM = enableJSDOM();
    });

    after(() => disableJSDOM());

    beforeEach(async () => {
        files = new MemoryRemoteFileSystem(() => 1_000);
        frontend = createTestFrontend(new Map([['alpha', files]]));
        const factories = frontend.container.getAll<WidgetFactory>(WidgetFactory);
        widget = (await factories
            .find(each => each.id === REMOTE_TREE_ID)!
            .createWidget()) as RemoteTreeWidget;
        document.body.appendChild(widget.node);
    });

    afterEach(() => {
        widget.node.remove();
        widget.dispose();
    });

    const chosen = (): string[] => widget.model.selectedNodes.map(node => node.id);
    const find = (path: string): FileStatNode => widget.model.getNode(at(path)) as FileStatNode;
    const activate = (): void => MessageLoop.sendMessage(widget, Widget.Msg.ActivateRequest);
    const list = async (...paths: string[]): Promise<void> => {
        for (const path of paths) {
            await files.write(path, new TextEncoder().encode(path));
        }
        await widget.model.reload(widget.model.accountNodes[0]);
        await settle();
    };

    it('has a row chosen for who comes to it, and leaves a choice as it is', async () => {
        frontend.setAccounts([ALPHA]);
        await settle();
        expect(chosen()).to.deep.equal([]);
        activate();
        expect(document.activeElement).to.equal(widget.node);
        expect(chosen()).to.deep.equal([at('/')]);
        await list('/a');
        widget.model.selectNode(find('/a'));
        activate();
        expect(chosen()).to.deep.equal([at('/a')]);
    });

    it('chooses the first account for who was there before it', async () => {
        activate();
        expect(chosen()).to.deep.equal([]);
        frontend.setAccounts([ALPHA]);
        await settle();
        expect(chosen()).to.deep.equal([at('/')]);
    });

    it('chooses nothing for who is elsewhere', async () => {
        frontend.setAccounts([ALPHA]);
        await list('/a');
        expect(chosen()).to.deep.equal([]);
    });

    it('is drawn in the turn in which a row is chosen', async () => {
        frontend.setAccounts([ALPHA]);
        await list('/a', '/b');
        const drawn: string[][] = [];
        Object.assign(widget, { onUpdateRequest: () => drawn.push(chosen()) });
        for (const path of ['/a', '/b']) {
            drawn.length = 0;
            widget.model.selectNode(find(path));
            expect(drawn).to.deep.equal([[at(path)]]);
        }
    });

    it('goes to a row when it is listed, not when another one is chosen meanwhile', async () => {
        frontend.setAccounts([ALPHA]);
        await list('/a', '/b');
        const { model } = widget;
        model.selectNode(find('/a'));
        const reveal = (path: string): void => model.revealWhenListed(new URI(at(path)), model.choice);
        reveal('/c');
        await list('/c');
        expect(chosen()).to.deep.equal([at('/c')]);
        reveal('/d');
        model.selectNode(find('/a'));
        await list('/d');
        expect(chosen()).to.deep.equal([at('/a')]);
        const before = model.choice;
        model.selectNode(find('/b'));
        model.revealWhenListed(new URI(at('/d')), before);
        expect(chosen()).to.deep.equal([at('/b')]);
    });

    for (const place of ['quick-input-widget', 'lm-Menu']) {
        it(`leaves the row chosen that a command is looked for in a ${place}, whatever is listed then`, async () => {
            frontend.setAccounts([ALPHA]);
            await list('/a', '/b');
            const { model } = widget;
            const palette = document.createElement('div');
            palette.className = place;
            palette.tabIndex = 0;
            document.body.appendChild(palette);
            model.selectNode(find('/a'));
            activate();
            const asked = model.choice;
            model.revealWhenListed(new URI(at('/c')), asked);
            palette.focus();
            await list('/c');
            expect(chosen(), 'asked for before').to.deep.equal([at('/a')]);
            model.revealWhenListed(new URI(at('/b')), asked);
            expect(chosen(), 'answered after').to.deep.equal([at('/a')]);
            palette.remove();
        });
    }

    it('goes to the row that is awaited, though a dialog has the keyboard when it comes', async () => {
        frontend.setAccounts([ALPHA]);
        await list('/a');
        const { model } = widget;
        const dialog = document.body.appendChild(document.createElement('input'));
        model.selectNode(find('/a'));
        activate();
        model.revealWhenListed(new URI(at('/c')), model.choice);
        dialog.focus();
        await list('/c');
        expect(chosen()).to.deep.equal([at('/c')]);
        dialog.remove();
    });

    it('goes to the row that is awaited, also when the chosen one goes before it comes', async () => {
        activate();
        frontend.setAccounts([ALPHA]);
        await list('/a', '/b');
        const { model } = widget;
        model.selectNode(find('/b'));
        model.revealWhenListed(new URI(at('/c')), model.choice);
        await files.delete('/b', { recursive: false });
        await list('/a');
        expect(chosen()).to.deep.equal([at('/')]);
        await list('/c');
        expect(chosen()).to.deep.equal([at('/c')]);
    });

    it('keeps what a later listing brought when an earlier one is answered after it', async () => {
        frontend.setAccounts([ALPHA]);
        await list('/a');
        const { model } = widget;
        const [account] = model.accountNodes;
        const early = await files.list('/', 9);
        let answer!: (listing: typeof early) => void;
        const listNow = files.list.bind(files);
        files.list = () => new Promise(resolve => (answer = resolve));
        const slow = model.refresh(account);
        await settle();
        files.list = listNow;
        await list('/b');
        model.selectNode(find('/b'));
        answer(early);
        await slow;
        expect(account.children.map(child => child.id)).to.deep.equal([at('/a'), at('/b')]);
        expect(chosen()).to.deep.equal([at('/b')]);
    });

    it('goes to the next row when some are deleted, else to the one before, else to the folder', async () => {
        frontend.setAccounts([ALPHA]);
        await settle();
        await list('/a', '/b', '/c');
        const { model } = widget;
        expect(model.neighbourOf([find('/a')])).to.equal(find('/b'));
        expect(model.neighbourOf([find('/b'), find('/c')])).to.equal(find('/a'));
        expect(model.neighbourOf([find('/a'), find('/b'), find('/c')])).to.equal(model.accountNodes[0]);
    });
});
