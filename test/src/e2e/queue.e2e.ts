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

    it('replaces nothing unseen: asks, waits while nobody answers, and does as it is told', async () => {
        const there = join(workbench.remoteRoot, 'Upload here', 'first.txt');
        fs.writeFileSync(there, 'somebody else wrote this');
        await upload('first.txt');
        const question = window.page.locator('.connect-existing');
        await question.locator('tr', { hasText: 'Existing, at the target' }).waitFor({ timeout: DONE_MS });
        await question.locator('tr', { hasText: 'Existing' }).filter({ hasText: 'larger' }).waitFor();
        await window.screenshot('existing-files');
        // neither Enter beside a button nor Escape decides anything
        const focused = (button: string): Promise<void> =>
            question
                .getByRole('button', { name: button, exact: true })
                .and(window.page.locator(':focus'))
                .waitFor();
        await focused('Skip');
        await question.locator('select').focus();
        await window.page.keyboard.press('Enter');
        await window.page.keyboard.press('Escape');
        await question.waitFor({ state: 'detached' });
        await state('first.txt', 'Needs answer (1)');
        expect(fs.readFileSync(there, 'utf8')).to.equal('somebody else wrote this');

        await window.transfer('first.txt', 'Upload').locator('.connect-transfer-name').click();
        await window.page.keyboard.press('Space');
        await focused('Skip');
        await window.page.keyboard.press('Shift+Tab');
        await window.page.keyboard.press('Shift+Tab');
        await focused('Rename');
        await window.page.keyboard.press('Enter');
        await state('first.txt', 'Completed, verified');
        expect(fs.readFileSync(there, 'utf8')).to.equal('somebody else wrote this');
        const beside = join(workbench.remoteRoot, 'Upload here', 'first (2).txt');
        expect(fs.readFileSync(beside, 'utf8')).to.equal('content of first.txt');
    });

    it('asks file by file with both sides in sight, and keeps to each answer', async () => {
        const folder = join(workbench.workspace, 'reels');
        const there = join(workbench.remoteRoot, 'Upload here', 'reels', 'takes');
        fs.mkdirSync(join(folder, 'takes'), { recursive: true });
        fs.mkdirSync(there, { recursive: true });
        for (const name of ['a', 'b', 'c', 'd']) {
            fs.writeFileSync(join(folder, 'takes', name), `new ${name}, longer`);
            fs.writeFileSync(join(there, name), `old ${name}`);
        }
        fs.writeFileSync(join(folder, 'takes', 'only-here'), 'x');
        await window.local('reels').waitFor();
        await upload('reels');
        const question = window.page.locator('.connect-existing');
        const answer = async (place: number, button: string, forAll = false): Promise<void> => {
            const asked = question.filter({ hasText: `(${place} of 4)` });
            await asked.locator('tr', { hasText: 'newer' }).waitFor({ timeout: DONE_MS });
            if (forAll) {
                await asked.getByRole('checkbox', { name: 'Do this for all 2 that are left' }).check();
                await window.screenshot('existing-files-all');
            }
            await asked.getByRole('button', { name: button, exact: true }).click();
        };
        await answer(1, 'Overwrite');
        await answer(2, 'Skip');
        await answer(3, 'Rename', true);
        await state('reels', 'Completed');
        const content = Object.fromEntries(
            fs.readdirSync(there).map(name => [name, fs.readFileSync(join(there, name), 'utf8')])
        );
        expect(Object.values(content).sort()).to.deep.equal(
            [...['a', 'b', 'c', 'd'].slice(1).map(each => `old ${each}`), 'x']
                .concat(['new a, longer', 'new c, longer', 'new d, longer'])
                .sort()
        );
        expect(content['a']).to.equal('new a, longer');
        expect(content['b']).to.equal('old b');
    });

    it('pauses all, lets the order be changed by keys and by mouse, and goes on', async () => {
        await window.runCommand('Transfer: Pause All');
        await window.page.locator('#theia-statusBar', { hasText: 'paused' }).waitFor();
        await upload('second.txt');
        await state('second.txt', 'Paused #1');
        await upload('third.txt');
        await state('third.txt', 'Paused #2');
        await window.transfer('third.txt', 'Upload').locator('.connect-transfer-name').click();
        await window.page.keyboard.press('Alt+ArrowUp');
        await state('third.txt', 'Paused #1');
        await state('second.txt', 'Paused #2');
        await window.drag(window.transfer('third.txt', 'Upload'), window.transfer('second.txt', 'Upload'));
        await state('second.txt', 'Paused #1');
        await state('third.txt', 'Paused #2');
        await window.screenshot('paused');
        await window.runCommand('Transfer: Resume All');
        await state('third.txt', 'Completed, verified');
        await state('second.txt', 'Completed, verified');
        await window.page.locator('#theia-statusBar', { hasText: 'paused' }).waitFor({ state: 'detached' });
    });
});
