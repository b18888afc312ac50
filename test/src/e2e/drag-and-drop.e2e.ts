import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import {
    leftovers,
    makeHurtingNames,
    makeSmallFiles,
    snapshotTree,
    TreeSnapshot,
    writeNoise
} from '../support/trees';
import { StartedWorkbench } from '../support/workbench';

const BIG_FILE_BYTES = 200_000_000;
const DONE_MS = 180_000;

describe('a person moves files in the workbench', function () {
    this.timeout(300_000);
    // slow enough for the page to be closed in the middle
    const workbench = new StartedWorkbench({ 'connect.bandwidth.targetRate': 150 });
    let browser: BrowserWindow;
    let window: WorkbenchPage;
    let loginUrl: string;
    let sent: TreeSnapshot;

    before(async () => {
        const toSend = join(workbench.workspace, 'to-send');
        fs.mkdirSync(toSend);
        makeSmallFiles(join(toSend, 'small'), 1000);
        writeNoise(join(toSend, 'film.mov'), 11, BIG_FILE_BYTES);
        makeHurtingNames(join(toSend, 'names'));
        fs.mkdirSync(join(workbench.workspace, 'received'));
        sent = snapshotTree(toSend);
        loginUrl = await workbench.start();
        browser = await BrowserWindow.launch();
    });

    after(async () => {
        await browser?.close();
        await workbench.dispose();
    });

    it('lets nobody in without a login', async () => {
        const { origin } = new URL(loginUrl);
        for (const path of [
            '/',
            '/bundle.js',
            '/files/?uri=file:///etc/hostname',
            '/file-upload',
            '/connect/staging/x/y'
        ]) {
            const response = await fetch(origin + path);
            expect(response.status, path).to.be.oneOf([401, 403]);
        }
        expect((await fetch(origin, { headers: { Host: 'evil.example' } })).status).to.be.oneOf([
            400, 401, 403, 421
        ]);
    });

    it('opens with the printed address, local files and the account in sight', async () => {
        window = await browser.open(loginUrl);
        await window.local('to-send').waitFor();
        await window.expandRemote('Demo server', 'small');
        await window.screenshot('opened');
    });

    it('chooses a large local file by a click, and opens by two', async () => {
        await window.local('to-send').click();
        await window.local('film.mov').click();
        await window.page.locator('#files .theia-mod-selected', { hasText: 'film.mov' }).waitFor();
        await window.local('film.mov').dblclick();
        const dialog = window.page.locator('.dialogBlock', { hasText: 'too large' });
        await dialog.waitFor();
        await window.page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
    });

    it('opens a small remote file in the editor', async () => {
        await window.remote('Welcome.txt').dblclick();
        await window.page.locator('.monaco-editor .view-line').first().waitFor();
        await window.screenshot('editor');
    });

    it('uploads a dragged folder, and goes on while the page is closed', async () => {
        await window.drag(window.local('to-send'), window.remote('Demo server'));
        const row = window.transfer('to-send', 'Upload');
        await row
            .locator('.connect-transfer-state', { hasText: 'Transferring' })
            .waitFor({ timeout: 60_000 });
        await row.locator('.connect-transfer-numbers', { hasText: /[3-9]\d %/ }).waitFor({ timeout: 60_000 });
        await window.screenshot('transferring');
        await window.page.close();
        window = await browser.open(new URL('/', loginUrl).href);
        const again = window.transfer('to-send', 'Upload');
        await again
            .locator('.connect-transfer-state', { hasText: 'Completed, verified' })
            .waitFor({ timeout: DONE_MS });
        expect(snapshotTree(join(workbench.remoteRoot, 'to-send'))).to.deep.equal(sent);
        expect(leftovers(workbench.remoteRoot)).to.deep.equal([]);
    });

    it('shows at once what arrived on the server', async () => {
        await window.expandRemote('Demo server', 'to-send');
        await window.expandRemote('to-send', 'film.mov');
    });

    it('downloads a folder dragged back onto another local folder', async () => {
        await window.drag(window.remote('to-send'), window.local('received'));
        const row = window.transfer('to-send', 'Download');
        await row
            .locator('.connect-transfer-state', { hasText: 'Completed, verified' })
            .waitFor({ timeout: DONE_MS });
        expect(snapshotTree(join(workbench.workspace, 'received', 'to-send'))).to.deep.equal(sent);
        expect(leftovers(workbench.workspace)).to.deep.equal([]);
        await window.screenshot('completed');
    });

    it('ends with all its ports free', async () => {
        const { origin } = new URL(loginUrl);
        await window.page.close();
        expect((await workbench.program.end('SIGTERM')).exitCode).to.be.oneOf([0, 143]);
        const refused = await fetch(origin).then(
            () => false,
            () => true
        );
        expect(refused).to.equal(true);
    });
});
