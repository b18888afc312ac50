import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { auditBesideAxe } from '../support/accessibility-audit';
import { AxeAudit } from '../support/axe-audit';
import { THEIA_FINDINGS } from '../support/axe-theia-findings';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { setPreference, setTheme, THEMES } from '../support/page-services';
import { CONNECT_SERVER, mustRun } from '../support/processes';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

const NOBODY = 65_534;

describe('every screen can be used with a screen reader and weak eyes (needs root: the server runs as nobody)', function () {
    this.timeout(240_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;
    let audit: AxeAudit;

    before(async function () {
        if (process.getuid?.() !== 0) {
            return this.skip();
        }
        server = await TransferBench.start({ serverUid: NOBODY });
        fs.mkdirSync(join(server.root, 'forbidden'), { mode: 0o755 });
        fs.mkdirSync(join(server.root, 'folder'));
        writeNoise(join(server.root, 'small.bin'), 1, 1000);
        // so large that it is never there while screens are looked at
        writeNoise(join(server.root, 'long.bin'), 3, 400_000_000);
        writeNoise(join(server.root, 'waiting.bin'), 4, 1000);
        workbench = new BareWorkbench(server);
        const settings = {
            'connect.transfers.downloadFolder': workbench.workspace,
            'connect.transfers.queue.max': 1,
            'connect.bandwidth.targetRate': 4
        };
        fs.writeFileSync(join(workbench.home, 'settings.json'), JSON.stringify(settings));
        writeNoise(join(workbench.workspace, 'refused.bin'), 2, 1000);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.expandRemote('Server', 'long.bin');
        audit = new AxeAudit(window.page, THEIA_FINDINGS);
        await audit.prepare();
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
        // a dialog that stayed open would take the next ones with it
        await window?.page.keyboard.press('Escape');
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    const body = (): Locator => window.page.locator('body');
    const dialog = (): Locator => window.page.locator('.dialogOverlay:visible .dialogBlock').last();

    /** In all themes: axe, and what axe does not look at. */
    async function look(name: string, root: Locator, own: readonly Locator[] = [root]): Promise<void> {
        const found = new Map<string, string[]>();
        for (const theme of Object.keys(THEMES) as Array<keyof typeof THEMES>) {
            await setTheme(window.page, theme);
            await window.screenshot(`screen ${name} ${theme}`);
            for (const { rule, impact, html, why } of await audit.screen(root)) {
                const finding = `${rule} (${impact}): ${html} ${why}`;
                found.set(finding, [...(found.get(finding) ?? []), theme]);
            }
        }
        const lines = [...found].map(([finding, themes]) => `[${themes.join()}] ${finding}`);
        for (const part of own) {
            lines.push(...(await auditBesideAxe(part)));
        }
        expect(lines.join('\n')).to.equal('');
    }

    const transfers = (): Locator => window.page.locator('.connect-transfers');

    it('the workbench with a remote folder and no transfers', async () => {
        await window.page.getByText('No transfers yet').waitFor();
        await look('empty', body(), [transfers()]);
    });

    it('the workbench with transfers that failed, completed, run and wait', async () => {
        await window.drag(window.local('refused.bin'), window.remote('forbidden'));
        await window.untilTransfer('refused.bin', 'Upload', 'Failed');
        for (const [name, state] of [
            ['small.bin', 'Completed'],
            ['long.bin', 'Transferring'],
            ['waiting.bin', 'Queued']
        ]) {
            await window.remote(name).click();
            await window.page.keyboard.press('Control+Alt+d');
            await window.untilTransfer(name, 'Download', state);
        }
        await look('transfers', body(), [transfers()]);
    });

    it('a monitor, with its files, its log and its table', async () => {
        await window.transfer('long.bin', 'Download').locator('.connect-transfer-name').dblclick();
        const monitor = window.monitor('long.bin');
        await monitor.locator('.connect-monitor-fact', { hasText: 'UDP' }).waitFor();
        for (const tab of ['Files', 'Log', 'Data Table']) {
            await monitor.getByRole('tab', { name: tab }).click();
            await look(`monitor ${tab}`, monitor);
        }
    });

    it('the answer to why', async () => {
        await window.showTransfers();
        await window.transfer('refused.bin', 'Upload').locator('.connect-transfer-name').click();
        await window.page.keyboard.press('Alt+Enter');
        const why = window.page.locator('.connect-why:visible');
        await why.getByRole('heading', { name: 'Why did' }).waitFor();
        await why.getByRole('button', { name: 'Test Now' }).click();
        await why.getByRole('button', { name: 'Test Again' }).waitFor();
        await look('why', why);
    });

    it('the question about files that exist', async () => {
        await setPreference(window.page, 'connect.transfers.queue.max', 3);
        await window.untilTransfer('waiting.bin', 'Download', 'Completed');
        fs.writeFileSync(join(workbench.workspace, 'small.bin'), 'somebody else wrote this');
        await window.remote('small.bin').click();
        await window.page.keyboard.press('Control+Alt+d');
        await dialog().locator('tr', { hasText: 'Existing, at the target' }).waitFor();
        await look('existing files', dialog());
        await dialog().getByRole('button', { name: 'Skip', exact: true }).click();
    });

    it('the preferences, tab by tab', async () => {
        await window.runCommand('Connect: Preferences');
        const preferences = window.page.locator('.connect-preferences');
        const tabs = preferences.getByRole('tablist').first().getByRole('tab');
        await tabs.first().waitFor();
        for (const tab of await tabs.all()) {
            await tab.click();
            await look(`preferences ${await tab.innerText()}`, preferences);
        }
    });

    it('the logs', async () => {
        await window.runCommand('Connect: Show Logs');
        const logs = window.page.locator('#outputView');
        await logs.locator('.view-line').first().waitFor();
        await look('logs', logs, []);
    });

    it('the views of syncs and of the inbox', async () => {
        for (const [title, id] of [
            ['Sync', 'connect.activity.sync'],
            ['Inbox', 'connect.activity.inbox']
        ]) {
            await window.runCommand(`View: Toggle ${title}`);
            const view = window.page.locator(`[id="${id}"]`);
            await view.waitFor();
            await look(title, view);
        }
    });

    it('About', async () => {
        await window.runCommand('Connect: About Transfer Engines');
        await dialog().getByText('Transfer engines').waitFor();
        await look('about', dialog());
        await window.page.keyboard.press('Escape');
        await dialog().waitFor({ state: 'hidden' });
    });

    /** Fills the form in, and opens the account. */
    async function addAccount(name: string): Promise<void> {
        const fields = { Name: name, Host: 'localhost', User: 'ana', Password: PASSWORD };
        const ports = { SSH: server.address.sshPort, Data: server.address.udpPort };
        for (const [label, value] of Object.entries(fields)) {
            await dialog()
                .getByLabel(new RegExp(`^${label}( \\(optional\\))?$`))
                .fill(value);
        }
        for (const [label, port] of Object.entries(ports)) {
            await dialog()
                .getByLabel(new RegExp(`^${label} port`))
                .fill(String(port));
        }
        await dialog().getByRole('button', { name: 'Add Account' }).click();
        await window.remote(name).click();
    }

    it('the form of an account, and the question about a server that nobody knows', async () => {
        await window.runCommand('Connect: Add Account');
        await dialog().getByLabel('Name', { exact: true }).waitFor();
        await look('account', dialog());
        await addAccount('Other');
        await dialog().getByText('for the First Time').waitFor();
        await look('unknown host key', dialog());
        await dialog().getByRole('button', { name: 'Trust This Server' }).click();
        await dialog().waitFor({ state: 'hidden' });
    });

    it('the warning of a server that has another key than before', async () => {
        await server.server.end();
        const keys = fs.readdirSync(server.data).filter(name => name.startsWith('host_'));
        keys.forEach(name => fs.rmSync(join(server.data, name)));
        await mustRun(process.execPath, [CONNECT_SERVER, 'init', '--data', server.data]);
        keys.forEach(name => fs.chownSync(join(server.data, name), NOBODY, NOBODY));
        await server.startServer();
        await window.runCommand('Connect: Add Account');
        await addAccount('Third');
        await dialog().getByText('The Key of This Server Has Changed').waitFor();
        await look('changed host key', dialog());
        await dialog().getByRole('button', { name: 'Do Not Connect' }).click();
    });

    it('with nothing allowed that is not needed', () => {
        expect(audit.unused).to.deep.equal([]);
    });
});
