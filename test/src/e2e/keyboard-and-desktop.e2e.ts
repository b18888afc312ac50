import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { snapshotTree, writeNoise } from '../support/trees';
import { StartedWorkbench } from '../support/workbench';

const DONE_MS = 60_000;

describe('a person at the keyboard, and files from the desktop', function () {
    this.timeout(120_000);
    let workbench: StartedWorkbench;
    let userHome: string;
    let downloads: string;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        userHome = fs.mkdtempSync(join(tmpdir(), 'connect-user-'));
        fs.writeFileSync(join(userHome, 'from-home.txt'), 'from home');
        workbench = new StartedWorkbench({}, { HOME: userHome });
        downloads = join(workbench.folder, 'downloads');
        fs.mkdirSync(downloads);
        const settings = {
            // slow enough for keys to come in the middle
            'connect.bandwidth.targetRate': 40,
            'connect.transfers.downloadFolder': downloads
        };
        fs.writeFileSync(join(workbench.home, 'settings.json'), JSON.stringify(settings));
        fs.mkdirSync(join(workbench.workspace, 'folder'));
        writeNoise(join(workbench.workspace, 'folder', 'inside.bin'), 1, 50_000);
        writeNoise(join(workbench.workspace, 'long.bin'), 2, 60_000_000);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.local('folder').waitFor();
        await window.expandRemote('Demo server', 'Upload here');
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        fs.rmSync(userHome, { recursive: true, force: true });
    });

    const state = (name: string, direction: 'Upload' | 'Download', text: string): Promise<void> =>
        window
            .transfer(name, direction)
            .locator('.connect-transfer-state', { hasText: text })
            .waitFor({ timeout: DONE_MS });

    it('uploads what was copied in the explorer and pasted in the remote view', async () => {
        const { keyboard } = window.page;
        await window.local('folder').click();
        await keyboard.press('Control+c');
        await window.remote('Upload here').click();
        await keyboard.press('Control+v');
        await state('folder', 'Upload', 'Completed, verified');
        const arrived = join(workbench.remoteRoot, 'Upload here', 'folder');
        expect(snapshotTree(arrived)).to.deep.equal(snapshotTree(join(workbench.workspace, 'folder')));
    });

    it('downloads by a key into the folder of the settings', async () => {
        await window.remote('Welcome.txt').click();
        await window.page.keyboard.press('Control+Alt+d');
        await state('Welcome.txt', 'Download', 'Completed, verified');
        const welcome = fs.readFileSync(join(workbench.remoteRoot, 'Welcome.txt'));
        expect(fs.readFileSync(join(downloads, 'Welcome.txt')).equals(welcome)).to.equal(true);
    });

    it('uploads what is chosen in a dialog that begins at home, not on the server', async () => {
        await window.remote('Upload here').click();
        await window.page.keyboard.press('Control+Alt+u');
        const dialog = window.page.locator('.dialogBlock');
        await dialog.locator('.theia-TreeNode', { hasText: 'from-home.txt' }).click();
        await dialog.locator('button.main').click();
        await state('from-home.txt', 'Upload', 'Completed, verified');
        const arrived = join(workbench.remoteRoot, 'Upload here', 'from-home.txt');
        expect(fs.readFileSync(arrived, 'utf8')).to.equal('from home');
    });

    it('stops, resumes and removes a transfer by keys', async () => {
        const { keyboard } = window.page;
        await window.drag(window.local('long.bin'), window.remote('Upload here'));
        await state('long.bin', 'Upload', 'Transferring');
        await window.transfer('long.bin', 'Upload').locator('.connect-transfer-name').click();
        await keyboard.press('Space');
        await state('long.bin', 'Upload', 'Stopped');
        expect(fs.existsSync(join(workbench.remoteRoot, 'Upload here', 'long.bin'))).to.equal(false);
        await keyboard.press('Space');
        await state('long.bin', 'Upload', 'Completed, verified');
        await keyboard.press('Delete');
        await window.transfer('long.bin', 'Upload').waitFor({ state: 'detached' });
        const sent = fs.readFileSync(join(workbench.workspace, 'long.bin'));
        expect(fs.readFileSync(join(workbench.remoteRoot, 'Upload here', 'long.bin')).equals(sent)).to.equal(
            true
        );
    });

    it('sends files dropped from the desktop, and keeps nothing of them on the way', async () => {
        const modifiedMs = 1_600_000_000_000;
        const names = ['film.bin', 'näme with "quotes" #1.txt'];
        const files = names.map((name, index) => ({
            name,
            sizeBytes: 5_000_000 * (2 - index),
            fill: 7,
            modifiedMs
        }));
        await window.dropFromDesktop(window.remote('Upload here'), files);
        for (const { name, sizeBytes, fill } of files) {
            const arrived = join(workbench.remoteRoot, 'Upload here', name);
            await untilExists(arrived);
            expect(fs.readFileSync(arrived).equals(Buffer.alloc(sizeBytes, fill)), name).to.equal(true);
            expect(Math.round(fs.statSync(arrived).mtimeMs)).to.equal(modifiedMs);
        }
        await window.page
            .locator('.connect-transfer-row .connect-transfer-state', { hasText: 'Transferring' })
            .first()
            .waitFor({ state: 'detached' });
        const staging = join(workbench.home, 'staging');
        await untilEmpty(staging);
    });
});

describe('a machine without a keychain', function () {
    this.timeout(120_000);
    // no bus, so no keychain can be reached, whatever the tests themselves run in
    const noBus = { DBUS_SESSION_BUS_ADDRESS: '/dev/null', XDG_RUNTIME_DIR: undefined, DISPLAY: undefined };
    const workbench = new StartedWorkbench({}, noBus);
    let browser: BrowserWindow;

    after(async () => {
        await browser?.close();
        await workbench.dispose();
    });

    it('asks for the password that the start printed, says why, and goes on', async () => {
        browser = await BrowserWindow.launch();
        const window = await browser.open(await workbench.start());
        const password = (await workbench.program.untilOutput(/demo server: (\S+)/))[1];
        await window.remote('Demo server').click();
        const dialog = window.page.getByRole('dialog');
        await dialog.waitFor();
        expect(await dialog.innerText()).to.match(/keychain/i);
        await window.screenshot('password');
        await dialog.locator('input[type=password]').fill(password);
        await window.page.keyboard.press('Enter');
        await window.remote('Welcome.txt').waitFor();
        expect(searchFiles(workbench.home, password), 'files that hold the password').to.deep.equal([]);
    });
});

async function untilExists(path: string): Promise<void> {
    while (!fs.existsSync(path)) {
        await new Promise(next => setTimeout(next, 20));
    }
}

async function untilEmpty(folder: string): Promise<void> {
    while (fs.existsSync(folder) && fs.readdirSync(folder).length > 0) {
        await new Promise(next => setTimeout(next, 20));
    }
}

/** Files below `folder` whose content holds `text`. */
function searchFiles(folder: string, text: string): string[] {
    return fs
        .readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name))
        .filter(path => fs.statSync(path).size < 20_000_000 && fs.readFileSync(path).includes(text));
}
