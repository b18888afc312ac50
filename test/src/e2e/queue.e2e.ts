import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { StartedWorkbench } from '../support/workbench';

const DONE_MS = 60_000;

describe('the queue, and files that exist', function () {
    this.timeout(120_000);
    let workbench: StartedWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        workbench = new StartedWorkbench();
        for (const name of ['first.txt', 'second.txt', 'third.txt']) {
            fs.writeFileSync(join(workbench.workspace, name), `content of ${name}`);
        }
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.local('first.txt').waitFor();
        await window.expandRemote('Demo server', 'Upload here');
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
    });

    const state = (name: string, text: string): Promise<void> =>
        window
            .transfer(name, 'Upload')
            .locator('.connect-transfer-state', { hasText: text })
            .waitFor({ timeout: DONE_MS });

    const upload = (name: string): Promise<void> =>
        window.drag(window.local(name), window.remote('Upload here'));

    const command = async (title: string): Promise<void> => {
        const { keyboard } = window.page;
        await keyboard.press('F1');
        await window.page.locator('.quick-input-widget input').first().fill(`>${title}`);
        await window.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
        await keyboard.press('Enter');
    };

    it('replaces nothing unseen: asks, waits while nobody answers, and does as it is told', async () => {
        const there = join(workbench.remoteRoot, 'Upload here', 'first.txt');
        fs.writeFileSync(there, 'somebody else wrote this');
        await upload('first.txt');
        const question = window.page.locator('.quick-input-widget', { hasText: 'exists at the target' });
        await question.waitFor({ timeout: DONE_MS });
        await window.screenshot('existing-files');
        await window.page.keyboard.press('Escape');
        await state('first.txt', 'Needs answer (1)');
        expect(fs.readFileSync(there, 'utf8')).to.equal('somebody else wrote this');

        await window.transfer('first.txt', 'Upload').locator('.connect-transfer-name').click();
        await window.page.keyboard.press('Space');
        await question.waitFor();
        await window.page.locator('.quick-input-widget input').first().fill('Rename');
        await window.page.keyboard.press('Enter');
        await state('first.txt', 'Completed, verified');
        expect(fs.readFileSync(there, 'utf8')).to.equal('somebody else wrote this');
        const beside = join(workbench.remoteRoot, 'Upload here', 'first (2).txt');
        expect(fs.readFileSync(beside, 'utf8')).to.equal('content of first.txt');
    });

    it('pauses all, lets the order be changed by keys, and goes on', async () => {
        await command('Transfer: Pause All');
        await window.page.locator('#theia-statusBar', { hasText: 'paused' }).waitFor();
        await upload('second.txt');
        await state('second.txt', 'Paused #1');
        await upload('third.txt');
        await state('third.txt', 'Paused #2');
        await window.transfer('third.txt', 'Upload').locator('.connect-transfer-name').click();
        await window.page.keyboard.press('Alt+ArrowUp');
        await state('third.txt', 'Paused #1');
        await state('second.txt', 'Paused #2');
        await window.screenshot('paused');
        await command('Transfer: Resume All');
        await state('third.txt', 'Completed, verified');
        await state('second.txt', 'Completed, verified');
        await window.page.locator('#theia-statusBar', { hasText: 'paused' }).waitFor({ state: 'detached' });
    });
});
