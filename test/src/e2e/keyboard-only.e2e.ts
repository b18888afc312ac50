import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { KeyboardPerson, type Rows } from '../support/keyboard-person';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

/** What a command has to bring about; ends when it is there. */
type Effect = () => Promise<unknown>;

const T = 'connect.transfers.';
const R = 'connect.remote.';
/** Ends the login. */
const LAST = 'connect.log-out';
const SOON_MS = 30_000;

const FILES: Rows = {
    row: '[id="connect.remote.accounts"] .theia-TreeNode',
    marked: '[aria-selected=true]',
    name: '.theia-TreeNodeSegmentGrow'
};
const JOBS: Rows = {
    row: '.connect-transfer-row',
    marked: '.focused[aria-selected=true]',
    // whole, where eyes get it cut
    name: '.connect-transfer-name .connect-cut > :last-child'
};

describe('somebody without a mouse', function () {
    this.timeout(180_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;
    let person: KeyboardPerson;
    const covered = new Set<string>();

    before(async () => {
        server = await TransferBench.start();
        for (const name of [
            'first.bin',
            'second.bin',
            'other.bin',
            'renamed.txt',
            'moved.txt',
            'there.bin'
        ]) {
            writeNoise(join(server.root, name), 1, 1000);
        }
        fs.mkdirSync(join(server.root, 'folder'));
        writeNoise(join(server.root, 'long.bin'), 3, 150_000_000);
        workbench = new BareWorkbench(server);
        const settings = {
            'connect.transfers.downloadFolder': workbench.workspace,
            'connect.transfers.queue.max': 1,
            'connect.bandwidth.targetRate': 4
        };
        fs.writeFileSync(join(workbench.home, 'settings.json'), JSON.stringify(settings));
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        window.page.setDefaultTimeout(SOON_MS);
        await window.remote('Server').waitFor();
        person = await KeyboardPerson.at(window.page);
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    /** Runs a command; its effect has to come, and the focus has to be somewhere in sight after it. */
    async function perform(id: string, effect: Effect): Promise<void> {
        await person.run(id);
        covered.add(id);
        try {
            await effect();
        } catch (error) {
            throw new Error(`${id} did not do what it is for`, { cause: error });
        }
        const focus = await person.focus();
        expect(focus.element, `focus after ${id}`).to.not.equal('');
        expect(focus.isVisible, `${focus.element} has the focus after ${id}, out of sight`).to.equal(true);
    }

    // --- effects

    const press = (key: string): Promise<void> => window.page.keyboard.press(key);
    const seen = (selector: string, hasText?: string | RegExp): Promise<void> =>
        window.page.locator(selector).filter({ visible: true, hasText }).first().waitFor();
    /** It asks something, which Escape takes away. */
    const asks = (text: string | RegExp) => async (): Promise<void> => {
        await seen('.quick-input-widget, .dialogBlock', text);
        await person.dismiss();
    };
    /** It asks for a text, which is typed over what is `proposed`. */
    const answered = async (title: string, text: string, proposed = /^/): Promise<void> => {
        const asking = window.page.locator('.quick-input-widget, .dialogBlock').filter({ hasText: title });
        const input = asking.locator('input:focus');
        await input.waitFor();
        expect(await input.inputValue()).to.match(proposed);
        await press('Control+a');
        await window.page.keyboard.insertText(text);
        await press('Enter');
        await window.page
            .locator('.quick-input-widget:visible, .dialogOverlay:visible')
            .waitFor({ state: 'hidden' });
    };
    /** It asks for a yes, and gets it once the keys are those of the question. */
    const confirmed = async (question: string): Promise<void> => {
        await seen('.dialogBlock:focus-within', question);
        await press('Enter');
    };
    const says = (text: string | RegExp): Promise<void> =>
        seen('.theia-notification-list-item, #theia-statusBar', text);
    const clipboard = (text: string): Promise<unknown> =>
        window.page.waitForFunction(
            async wanted => (await navigator.clipboard.readText()).includes(wanted),
            text
        );
    const onServer = (name: string): string => join(server.root, name);
    const exists = async (path: string, wanted = true): Promise<void> => {
        for (const endMs = Date.now() + SOON_MS; fs.existsSync(path) !== wanted;) {
            expect(Date.now(), `${path} is ${wanted ? 'not' : 'still'} there`).to.be.below(endMs);
            await new Promise(next => setTimeout(next, 20));
        }
    };
    const state = (name: string, text: string): Promise<void> =>
        window.untilTransfer(name, 'Download', text, SOON_MS);

    // --- places

    const remoteFocus = (): Promise<void> => seen('[id="connect.remote.accounts"]:focus');
    const chosen = (name: string): Promise<void> =>
        window.remote(name).and(window.page.locator('[aria-selected=true]')).waitFor();

    /** Goes to a file or folder of the account. */
    async function file(name: string): Promise<void> {
        if ((await window.page.locator('[id="connect.remote.accounts"]:focus').count()) === 0) {
            await press('Control+Alt+b');
        }
        await remoteFocus();
        const isClosed = window.remote('Server').and(window.page.locator('[aria-expanded=false]'));
        if ((await isClosed.count()) > 0) {
            await person.walk(FILES, 'Server');
            await press('ArrowRight');
        }
        await window.remote(name).waitFor();
        await person.walk(FILES, name);
    }

    /** Goes to a row of the list of transfers. */
    async function job(name: string): Promise<void> {
        await press('Control+Alt+t');
        await seen('.connect-transfer-list:focus');
        await person.walk(JOBS, name);
    }

    // --- tests

    it('goes to the Remote view by its key, acts there at once, and leaves it by the key', async () => {
        await press('Control+Alt+b');
        await remoteFocus();
        await chosen('Server');
        await press('Control+Alt+t');
        await window.page.locator('.connect-transfers :focus').waitFor();
        await press('Control+Alt+b');
        await remoteFocus();
        await press('Control+Alt+b');
        await window.remote('Server').waitFor({ state: 'hidden' });
        expect((await person.focus()).isVisible, 'the focus goes to where it was before').to.equal(true);
        await press('Control+Alt+b');
        await remoteFocus();
        await chosen('Server');
        await press('ArrowRight');
        await window.remote('first.bin').waitFor();
    });

    it('shows which row is chosen before the next key can come, so that none acts on another one', async () => {
        await file('folder');
        for (const [key, name] of [
            ['ArrowDown', 'first.bin'],
            ['ArrowUp', 'folder'],
            ['ArrowUp', 'Server']
        ]) {
            const tree = window.page.locator('[id="connect.remote.accounts"]');
            const marked = await tree.evaluateHandle(markedAtNextKey);
            await press(key);
            expect(await marked.evaluate(({ text }) => text)).to.deep.equal([name]);
        }
    });

    it('works with the files of a server', async () => {
        await file('other.bin');
        await perform(`${R}copyPath`, () => clipboard('/other.bin'));
        await perform(`${R}copy`, () => clipboard('connect://demo/other.bin'));
        await press('Shift+F10');
        await seen('.lm-Menu', 'Download To…');
        await press('Escape');
        await remoteFocus();
        await perform(`${R}downloadTo`, asks('Download To'));
        await perform(`${R}upload`, asks('Upload'));
        await perform(`${T}upload`, asks('Upload'));
        await perform(`${R}download`, () => state('other.bin', 'Completed'));
        await file('renamed.txt');
        await perform(`${R}rename`, async () => {
            await answered('Rename', 'named.txt');
            await exists(onServer('named.txt'));
        });
        await file('named.txt');
        await perform(`${R}delete`, async () => {
            await confirmed('named.txt');
            await exists(onServer('named.txt'), false);
            await window.remote('named.txt').waitFor({ state: 'detached' });
            await seen('[id="connect.remote.accounts"] [aria-selected=true]');
        });
        await file('moved.txt');
        await perform(`${R}cut`, () => clipboard('/moved.txt'));
        await file('folder');
        await perform(`${R}paste`, () => exists(onServer('folder/moved.txt')));
        await file('folder');
        await perform(`${R}newFolder`, async () => {
            await answered('New Folder', 'made');
            await exists(onServer('folder/made'));
            // it goes there when it is listed, which is after it is made
            await chosen('made');
        });
        await file('folder');
        fs.writeFileSync(onServer('folder/late.txt'), 'late');
        await perform(`${R}refresh`, () => window.remote('late.txt').waitFor());
        await file('late.txt');
        await perform(`${R}open`, () => seen('.theia-editor:focus-within', 'late'));
        await file('folder');
        await perform(`${R}newFile`, async () => {
            await answered('New File', 'empty.txt');
            await exists(onServer('folder/empty.txt'));
            await seen('.lm-TabBar-tab.lm-mod-current', 'empty.txt');
        });
        await file('folder');
        await perform(`${R}collapseAll`, () => window.remote('folder').waitFor({ state: 'detached' }));
    });

    it('answers the question about files that exist', async () => {
        fs.writeFileSync(join(workbench.workspace, 'there.bin'), 'somebody else wrote this');
        await file('there.bin');
        await perform(`${T}download`, asks('Existing, at the target'));
        await state('there.bin', 'Needs answer');
        await job('there.bin');
        await perform(`${T}existingFiles`, asks('Existing, at the target'));
        await perform(`${T}resume`, asks('Existing, at the target'));
        await perform(`${T}stop`, () => state('there.bin', 'Stopped'));
    });

    it('works with transfers that failed', async () => {
        for (const name of ['first.bin', 'second.bin']) {
            await file(name);
            fs.renameSync(onServer(name), onServer(`away ${name}`));
            await press('Control+Alt+d');
            await state(name, 'Failed');
            fs.renameSync(onServer(`away ${name}`), onServer(name));
        }
        await file('long.bin');
        await press('Control+Alt+d');
        await state('long.bin', 'Transferring');
        await job('first.bin');
        await perform(`${T}copyError`, () => clipboard('first.bin: '));
        await perform(`${T}copyDetails`, () => clipboard('State: Failed'));
        await perform(`${T}why`, () => seen('.connect-why h2', 'Why did'));
        await job('first.bin');
        await perform(`${T}runDiagnostic`, () => seen('.connect-why button', 'Test Again'));
        await job('first.bin');
        await perform(`${T}openMonitor`, () => seen('.connect-monitor h2', 'first.bin'));
        await job('first.bin');
        await perform(`${T}showLog`, () => seen('.connect-monitor [role=tab][aria-selected=true]', 'Log'));
        await job('first.bin');
        await perform(`${T}openFolder`, () => seen('#files:focus-within, #files'));
        await job('first.bin');
        await perform(`${T}revealRemote`, async () => {
            await remoteFocus();
            await chosen('first.bin');
        });
        await job('first.bin');
        await perform(`${T}restart`, async () => {
            await confirmed('Everything of first.bin is sent again');
            await state('first.bin', 'Queued #1');
        });
        await job('second.bin');
        await perform(`${T}retry`, () => state('second.bin', 'Queued #2'));
    });

    it('works with transfers that wait', async () => {
        await job('second.bin');
        const place = (number: number) => () => state('second.bin', `Queued #${number}`);
        await perform(`${T}moveUp`, place(1));
        await perform(`${T}moveDown`, place(2));
        await perform(`${T}moveTop`, place(1));
        await perform(`${T}moveBottom`, place(2));
        await perform(`${T}moveTo`, async () => {
            await answered('Move to Place in Queue', '1');
            await place(1)();
        });
        await perform(`${T}priorityLow`, place(2));
        await perform(`${T}priorityHigh`, place(1));
        await perform(`${T}priorityNormal`, () => state('second.bin', 'Queued #'));
        await perform(`${T}chooseEngine`, asks('As the settings say'));
        await perform(`${T}limitRate`, () => answered('Limit Rate', '20M', /^$/));
        // at once: what was asked for is what is changed
        await perform(`${T}limitRate`, () => answered('Limit Rate', '', /^20\D/));
        await perform(`${T}startNow`, () => state('second.bin', 'Completed'));
        await perform(`${T}pauseHour`, async () => {
            await says(/paused until/);
            await state('long.bin', 'Paused');
        });
        await perform(`${T}resumeAll`, () => state('long.bin', 'Transferring'));
        await perform(`${T}pauseAll`, () => state('long.bin', 'Paused'));
        await perform(`${T}resumeAll`, () => state('long.bin', 'Transferring'));
        await job('long.bin');
        await perform(`${T}toggle`, () => state('long.bin', 'Stopped'));
    });

    it('works with transfers that are done', async () => {
        await job('second.bin');
        await perform(`${T}saveManifest`, asks('Save Manifest'));
        await perform(`${T}verifyAgain`, () => says('second.bin is what was transferred'));
        // a notice in sight takes the first Escape
        await press('Escape');
        await perform(`${T}remove`, () =>
            window.transfer('second.bin', 'Download').waitFor({ state: 'detached' })
        );
        await perform(`${T}clear`, () =>
            window.transfer('other.bin', 'Download').waitFor({ state: 'detached' })
        );
    });

    it('reaches all else, and shows and hides every view', async () => {
        const { page } = window;
        await perform(`${T}show`, () => page.locator('.connect-transfers :focus').waitFor());
        await perform('connect.account.add', asks('Add Account'));
        await perform('connect.account.edit', asks('Server'));
        await perform('connect.account.remove', asks('Server'));
        await perform('connect.account.forget-password', asks('Server'));
        await perform('connect.diagnosis.run', asks('Another host…'));
        await perform('connect.engines.about', asks('Transfer engines'));
        await perform('connect.logs.openFolder', () => says('The logs are in'));
        await perform('connect.logs.show', () => seen('#outputView'));
        await perform('connect.preferences.open', () => seen('.connect-preferences'));
        for (const [id, view] of [
            ['connect.activity.inbox', 'connect.activity.inbox'],
            ['connect.activity.sync', 'connect.activity.sync'],
            ['connect.remote', 'connect.remote.accounts']
        ]) {
            await perform(`${id}.toggle`, () => seen(`[id="${view}"]:focus`));
            await perform(`${id}.toggle`, () => page.locator(`[id="${view}"]`).waitFor({ state: 'hidden' }));
        }
    });

    it('has left no command out, and touched nothing with a pointer', async () => {
        const left = person.commandIds.filter(id => !covered.has(id) && id !== LAST);
        expect(left, 'commands of ours that this does not cover').to.deep.equal([]);
        expect(await person.pointerEvents()).to.equal(0);
        await person.begin(LAST);
        await window.page.waitForURL(/login/);
    });
});

/** Runs in the page: the names of the rows that are marked when the tree has treated a key, in the same turn. */
function markedAtNextKey(tree: HTMLElement | SVGElement): { readonly text: Promise<string[]> } {
    const marked = (): string[] =>
        [...tree.querySelectorAll('[aria-selected=true] .theia-TreeNodeSegmentGrow')].map(
            name => name.textContent ?? ''
        );
    const text = new Promise<string[]>(done =>
        tree.addEventListener('keydown', () => done(marked()), { once: true })
    );
    return { text };
}
