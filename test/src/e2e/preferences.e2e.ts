import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { auditAccessibility } from '../support/accessibility-audit';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { Dante, danteUnavailable } from '../support/dante';
import { Squid, squidUnavailable } from '../support/squid';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { until } from '../support/until';
import { BareWorkbench } from '../support/workbench';

const KEY = 'Control+Alt+p';
const TABS = ['General', 'Accounts', 'Transfers', 'Network', 'Bandwidth', 'Security'];
const LOGIN = { user: 'pia', password: 'a-hidden-word' };

describe('editor of preferences', function () {
    this.timeout(180_000);
    let bench: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        bench = await TransferBench.start();
        fs.mkdirSync(join(bench.root, 'in'));
        workbench = new BareWorkbench(bench, {
            'connect.bandwidth.targetRate': 40,
            'connect.general.loggingLevel': 'trace'
        });
        writeNoise(join(workbench.workspace, 'film.bin'), 1, 600_000_000);
        writeNoise(join(workbench.workspace, 'clip.bin'), 2, 500_000);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.expandRemote('Server', 'in');
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await bench?.dispose();
    });

    const editor = (): Locator => window.page.locator('.connect-preferences');
    const row = (key: string): Locator => editor().locator(`[data-setting="connect.${key}"]`);
    const field = (key: string): Locator => row(key).locator('input:not([type=checkbox])');
    const show = (tab: string): Promise<void> => editor().getByRole('tab', { name: tab }).click();
    const said = (text: string): Promise<void> =>
        editor().locator('.connect-preferences-footer [role=status]', { hasText: text }).waitFor();
    const settings = (): string => fs.readFileSync(join(workbench.home, 'settings.json'), 'utf8');
    const focused = (): Promise<string> =>
        window.page.evaluate(() => {
            const node = document.activeElement as HTMLInputElement;
            return node.getAttribute('aria-label') ?? node.labels?.[0]?.textContent ?? node.textContent ?? '';
        });

    it('opens by a key, and by keys alone limits a transfer that runs', async () => {
        await window.drag(window.local('film.bin'), window.remote('in'));
        const state = window.transfer('film.bin', 'Upload').locator('.connect-transfer-state');
        await state.filter({ hasText: 'Transferring' }).waitFor();
        const { keyboard } = window.page;
        await keyboard.press(KEY);
        await editor().waitFor();
        await until(async () => (await focused()) === 'General', 'the focus is on a tab');
        for (let tab = 0; tab < 4; tab++) {
            await keyboard.press('ArrowRight');
        }
        await until(async () => (await focused()) === 'Bandwidth', 'the focus is on its tab');
        for (let presses = 0; presses < 30 && (await focused()) !== 'Uploads: Limit to'; presses++) {
            await keyboard.press('Tab');
        }
        await keyboard.press('Space');
        await until(async () => (await focused()) === 'Uploads', 'the focus is in the field of the limit');
        await keyboard.type('20');
        await keyboard.press('Enter');
        await said('Uploads: 20 Mbps');
        await window.page.locator('#theia-statusBar', { hasText: '↑20 Mbps' }).waitFor();
        const log = join(workbench.home, 'logs', 'connect-transfer.log');
        const isApplied = async (): Promise<boolean> =>
            /"Type":"NOTIFICATION"[^\n]*"Rate":"20000"/.test(fs.readFileSync(log, 'utf8'));
        await until(isApplied, 'the transfer program confirms the rate');
        expect(JSON.parse(settings())).to.include({ 'connect.bandwidth.manual.uploadLimit': 20 });
    });

    it('takes the limit away again by its reset', async () => {
        await row('bandwidth.manual.uploadLimit').getByRole('button', { name: 'Reset Uploads' }).click();
        await said('Uploads is reset');
        await window.page.locator('#theia-statusBar', { hasText: '↑20 Mbps' }).waitFor({ state: 'detached' });
        expect(settings()).to.not.include('uploadLimit');
        await window.transfer('film.bin', 'Upload').click();
        await window.page.keyboard.press('Space');
    });

    it('lets the focus through from tab to tab and out at both ends', async () => {
        const { keyboard } = window.page;
        for (const tab of TABS) {
            await show(tab);
            const isInside = (): Promise<boolean> =>
                window.page.evaluate(() => document.activeElement?.closest('.connect-preferences') !== null);
            let presses = 0;
            while (presses < 120 && (await isInside())) {
                await keyboard.press('Tab');
                presses++;
            }
            expect(presses, tab).to.be.within(2, 119);
            await keyboard.press('Shift+Tab');
            expect(await isInside(), `back into ${tab}`).to.equal(true);
        }
    });

    it('refuses what makes no sense, and follows the file of settings', async () => {
        await show('Transfers');
        await field('transfers.queue.max').fill('0');
        await row('transfers.queue.max').getByRole('alert').waitFor();
        await field('transfers.queue.max').press('Escape');
        const now = JSON.parse(settings()) as object;
        const next = JSON.stringify({ ...now, 'connect.transfers.queue.max': 7 });
        fs.writeFileSync(join(workbench.home, 'settings.json'), next);
        await until(
            async () => (await field('transfers.queue.max').inputValue()) === '7',
            'the field shows what the file says'
        );
    });

    it('sends jobs through a SOCKS proxy that was set here (needs root and dante-server)', async function () {
        if (danteUnavailable()) {
            return this.skip();
        }
        const dante = await Dante.start();
        try {
            await show('Network');
            await fillIn('network.noProxy', '');
            await row('network.faspProxy.enabled').locator('input').check();
            await fillIn('network.faspProxy.host', '127.0.0.1');
            await fillIn('network.faspProxy.port', String(dante.port));
            await editor().getByRole('button', { name: 'Test Proxy' }).nth(1).click();
            await works(1);
            const before = dante.log.length;
            await window.drag(window.local('clip.bin'), window.remote('in'));
            const state = window.transfer('clip.bin', 'Upload').locator('.connect-transfer-state');
            await state.filter({ hasText: 'Completed' }).waitFor();
            await until(
                () => /pass\(1\): udp\/udpassociate \[/.test(dante.log.slice(before)),
                'the proxy tells of the transfer'
            );
            await row('network.faspProxy.enabled').locator('input').uncheck();
        } finally {
            await dante.dispose();
        }
    });

    it('browses through that proxy, too (needs root and dante-server)', async function () {
        if (danteUnavailable()) {
            return this.skip();
        }
        const dante = await Dante.start();
        const behind = new BareWorkbench(bench, {
            'connect.network.noProxy': [],
            'connect.network.faspProxy.enabled': true,
            'connect.network.faspProxy.host': '127.0.0.1',
            'connect.network.faspProxy.port': dante.port
        });
        try {
            const other = await browser.open(await behind.start());
            await other.expandRemote('Server', 'in');
            await until(
                () => /pass\(1\): tcp\/connect \[/.test(dante.log),
                'the proxy tells of the connection'
            );
            await other.page.close();
        } finally {
            await behind.dispose();
            await dante.dispose();
        }
    });

    it('logs in at an HTTP proxy without a word of it in the settings (needs squid)', async function () {
        if (squidUnavailable()) {
            return this.skip();
        }
        const squid = await Squid.start(LOGIN);
        try {
            await row('network.httpProxy.mode').locator('select').selectOption({ label: 'Manual' });
            await fillIn('network.httpProxy.host', '127.0.0.1');
            await fillIn('network.httpProxy.port', String(squid.port));
            const target = editor().locator('input.place').first();
            await target.fill(`127.0.0.1:${bench.address.httpsPort}`);
            await editor().getByRole('button', { name: 'Test Proxy' }).first().click();
            await editor().getByText('Check user name and password of the proxy.').waitFor();
            await editor().getByRole('button', { name: 'Set Login…' }).first().click();
            const dialog = window.page.getByRole('dialog');
            await dialog.getByLabel('User name').fill(LOGIN.user);
            await dialog.getByLabel('Password').fill(LOGIN.password);
            await dialog.getByRole('button', { name: 'Set Login' }).click();
            await editor().getByText(`Logs in as ${LOGIN.user}.`).waitFor();
            await editor().getByRole('button', { name: 'Test Proxy' }).first().click();
            await works(0);
            await until(() => squid.log.includes(`${LOGIN.user} `), 'the proxy tells who came');
            expect(settings()).to.not.include(LOGIN.password).and.not.include(LOGIN.user);
        } finally {
            await squid.dispose();
        }
    });

    for (const theme of [
        'Light (Theia)',
        'Dark (Theia)',
        'High Contrast (Theia)',
        'High Contrast Light (Theia)'
    ]) {
        it(`can be read and used with a screen reader and weak eyes in ${theme}`, async () => {
            await window.runCommand('Connect: Preferences');
            await window.chooseTheme(theme);
            await show('Bandwidth');
            if ((await editor().locator('.connect-schedule-table').count()) === 0) {
                await editor().getByRole('button', { name: 'Add Hours' }).click();
                await said('The schedule is kept');
            }
            for (const tab of TABS) {
                await show(tab);
                expect(await auditAccessibility(editor()), tab).to.deep.equal([]);
                await window.screenshot(`preferences ${tab} ${theme}`);
            }
        });
    }

    it('comes back with the layout, on the tab that was open', async () => {
        await show('Bandwidth');
        await window.page.reload();
        await editor().getByRole('tab', { name: 'Bandwidth', selected: true }).waitFor({ timeout: 60_000 });
    });

    /** The report of a test, whole when it is not what is expected. */
    async function works(proxy: number): Promise<void> {
        const report = editor().locator('.connect-preferences-report').nth(proxy);
        await report.locator('li.failed').or(report.getByText('The proxy works.')).first().waitFor();
        expect(await report.innerText()).to.contain('The proxy works.');
    }

    async function fillIn(key: string, text: string): Promise<void> {
        await field(key).fill(text);
        await field(key).press('Enter');
        await until(
            async () => (await row(key).locator('[aria-invalid=true]').count()) === 0,
            `${key} takes ${text}`
        );
    }
});
