import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { auditAccessibility } from '../support/accessibility-audit';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { CONNECT_SERVER, mustRun } from '../support/processes';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { snapshotTree, writeNoise } from '../support/trees';
import { until } from '../support/until';
import { BareWorkbench } from '../support/workbench';

const NOBODY = 65_534;
const DONE_MS = 60_000;

describe('a failure is explained (needs root: the server runs as somebody who may not write everywhere)', function () {
    this.timeout(180_000);
    let bench: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async function () {
        if (process.getuid?.() !== 0) {
            return this.skip();
        }
        bench = await TransferBench.start({ serverUid: NOBODY });
        fs.mkdirSync(join(bench.root, 'forbidden'), { mode: 0o755 });
        fs.mkdirSync(join(bench.root, 'allowed'));
        fs.chownSync(join(bench.root, 'allowed'), NOBODY, NOBODY);
        workbench = new BareWorkbench(bench);
        writeNoise(join(workbench.workspace, 'take.bin'), 3, 400_000);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.local('take.bin').waitFor();
        await window.expandRemote('Server', 'forbidden');
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await bench?.dispose();
    });

    const panel = (): Locator => window.page.locator('.connect-why:visible');
    const stage = (id: string): Locator => panel().locator(`.connect-why-stage[data-stage="${id}"]`).first();
    const state = (text: string): Promise<void> =>
        window
            .transfer('take.bin', 'Upload')
            .locator('.connect-transfer-state', { hasText: text })
            .waitFor({ timeout: DONE_MS });

    it('by a key: the stage, what was seen of the others, and the remedy', async () => {
        await window.drag(window.local('take.bin'), window.remote('forbidden'));
        await state('Failed');
        await window.showTransfers();
        await window.page.keyboard.press('Home');
        await window.page.keyboard.press('Alt+Enter');
        await panel().getByRole('heading', { name: 'Why did “take.bin” fail?' }).waitFor();
        await stage('permission').getByText('Failed').waitFor();
        for (const id of ['name', 'tcp', 'host-key', 'login', 'session', 'udp']) {
            await stage(id).getByText('OK', { exact: true }).waitFor();
        }
        expect(await stage('tcp').innerText()).to.contain(`port ${bench.address.sshPort} answered after`);
        expect(await stage('host-key').innerText()).to.contain(bench.address.fingerprint);
        expect(await panel().locator('.connect-why-headline').innerText()).to.contain('code 5 in the guide');
    });

    for (const theme of ['Light (Theia)', 'Dark (Theia)', 'High Contrast (Theia)']) {
        it(`so that it can be read in ${theme}`, async () => {
            await window.chooseTheme(theme);
            expect(await auditAccessibility(panel())).to.deep.equal([]);
            await window.screenshot(`why ${theme}`);
        });
    }

    it('and tests the way when it is told to, by keys alone', async () => {
        await panel().getByRole('button', { name: 'Test Now' }).focus();
        await window.page.keyboard.press('Enter');
        const test = panel().locator('section').nth(1);
        await test.getByText('No permission').first().waitFor({ timeout: DONE_MS });
        expect(await test.locator('[data-stage="udp"]').innerText()).to.match(
            /\d+ probes sent to 127\.0\.0\.1/
        );
        expect(await test.locator('[data-stage="permission"]').innerText()).to.contain('/forbidden');
        await window.screenshot('why with a test');
        await panel().getByRole('button', { name: 'Copy Report' }).focus();
        await window.page.keyboard.press('Enter');
        await window.page.getByText('The report is in the clipboard.').first().waitFor();
        const report = await window.page.evaluate(() => navigator.clipboard.readText());
        expect(report).to.contain('Connect diagnostic report').and.contain('Why did “take.bin” fail?');
        expect(report)
            .to.match(/Failed\s+Paths and permission/)
            .and.contain('/forbidden');
        expect(report).to.contain('Last lines of the log');
        expect(report).not.to.include(PASSWORD);
    });

    it('carries the remedy out: the transfer completes elsewhere', async () => {
        await panel().getByRole('button', { name: 'Choose Other Folder…' }).focus();
        await window.page.keyboard.press('Enter');
        const input = window.page.locator('.quick-input-widget input[type=text]:focus');
        await until(async () => (await input.inputValue()) === '/forbidden', 'the folder is proposed');
        await input.fill('/allowed');
        await window.page.keyboard.press('Enter');
        await state('Completed, verified');
        await panel().getByText('It is complete').waitFor();
        expect(snapshotTree(join(bench.root, 'allowed'))).to.deep.equal(snapshotTree(workbench.workspace));
    });

    it('tests an account from the palette, and finds nothing in the way', async () => {
        await window.runCommand('Connect: Run Connection Diagnostic');
        const input = window.page.locator('.quick-input-widget input[type=text]');
        await window.page
            .locator('.quick-input-list .monaco-list-row', { hasText: 'Another host' })
            .waitFor();
        await input.fill('Server');
        await window.chooseFirst('Server');
        await panel().getByText('Nothing stands in the way').waitFor({ timeout: DONE_MS });
        await window.screenshot('diagnostic of an account');
    });

    it('tests a folder from its menu', async () => {
        await window.remote('allowed').click({ button: 'right' });
        const item = window.page.getByRole('menuitem', { name: /Run Connection Diagnostic/ });
        await item.waitFor();
        await item.click();
        const shown = panel().locator('[data-stage="permission"]', {
            hasText: 'A file was written to /allowed'
        });
        await shown.waitFor({ timeout: DONE_MS });
    });

    it('says what a transfer waits for, and lets one log in again', async () => {
        await changePassword('another password');
        await window.drag(window.local('take.bin'), window.remote('forbidden'));
        const dialog = window.page.getByRole('dialog').filter({ hasText: 'Log in to' });
        await dialog.locator(':focus').waitFor({ timeout: DONE_MS });
        await window.page.keyboard.press('Escape');
        await state('Needs answer');
        await window.showTransfers();
        await window.page.keyboard.press('Home');
        await window.page.keyboard.press('Alt+Enter');
        await panel().getByRole('heading', { name: 'What does “take.bin” wait for?' }).waitFor();
        await stage('login').getByText('Failed').waitFor();
        await window.screenshot('why a wrong password');
        await panel().getByRole('button', { name: 'Log In Again…' }).focus();
        await window.page.keyboard.press('Enter');
        await dialog.locator('input[type=password]').fill('another password');
        await window.page.keyboard.press('Enter');
        await state('Failed');
        await stage('permission').getByText('Failed').waitFor();
        await stage('login').getByText('OK', { exact: true }).waitFor();
    });

    const changePassword = async (password: string): Promise<void> => {
        await bench.server.end();
        const asServer = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', process.execPath];
        const command = ['user', 'passwd', 'ana', '--data', bench.data, '--password-stdin'];
        await mustRun('setpriv', [...asServer, CONNECT_SERVER, ...command], password);
        await bench.startServer();
    };
});
