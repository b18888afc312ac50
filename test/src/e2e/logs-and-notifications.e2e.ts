import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { until } from '../support/until';
import { BareWorkbench } from '../support/workbench';

const DONE_MS = 60_000;

/** What the page was about to show by the system, and how to click on it. */
interface Shown {
    readonly title: string;
    readonly body: string;
    readonly tag: string;
    onclick?: () => void;
}

/** Stands where the browser hands a notification to the system. */
const INTERCEPT = `
    window.shownNotifications = [];
    window.askedForPermission = 0;
    window.isAway = false;
    document.hasFocus = () => !window.isAway;
    window.Notification = class {
        static get permission() { return window.askedForPermission > 0 ? 'granted' : 'default'; }
        static async requestPermission() { window.askedForPermission++; return 'granted'; }
        constructor(title, { body, tag }) { Object.assign(this, { title, body, tag }); window.shownNotifications.push(this); }
        close() {}
    };
`;

describe('logs, notifications and manifests', function () {
    this.timeout(240_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        server = await TransferBench.start();
        workbench = new BareWorkbench(server);
        fs.mkdirSync(join(server.root, 'up'));
        for (const name of ['one.txt', 'two.txt', 'three.txt', 'four.txt']) {
            fs.writeFileSync(join(workbench.workspace, name), `content of ${name}`);
        }
        const url = await workbench.start();
        browser = await BrowserWindow.launch();
        await browser.context.grantPermissions(['notifications', 'clipboard-read', 'clipboard-write']);
        await browser.context.addInitScript(INTERCEPT);
        window = await browser.open(url);
        await window.local('one.txt').waitFor();
        await window.expandRemote('Server', 'up');
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    const upload = async (name: string): Promise<void> => {
        await window.drag(window.local(name), window.remote('up'));
    };
    const completed = (name: string): Promise<void> =>
        window
            .transfer(name, 'Upload')
            .locator('.connect-transfer-state', { hasText: 'Completed, verified' })
            .waitFor({ timeout: DONE_MS });
    const onPage = <T>(expression: string): Promise<T> => window.page.evaluate(expression) as Promise<T>;
    const log = (name: string): string => fs.readFileSync(join(workbench.home, 'logs', name), 'utf8');
    const output = (): Locator => window.page.locator('.theia-output .view-lines');
    const setting = (key: string, value: unknown): void => {
        const file = join(workbench.home, 'settings.json');
        const settings = JSON.parse(fs.readFileSync(file, 'utf8')) as Record<string, unknown>;
        fs.writeFileSync(file, JSON.stringify({ ...settings, [key]: value }));
    };

    it('shows the log of transfers live, and follows its level at once', async () => {
        await window.runCommand('Connect: Show Logs');
        await window.page.locator('.theia-output').waitFor();
        await upload('one.txt');
        await output().getByText('-> completed').first().waitFor({ timeout: DONE_MS });
        expect(log('connect-transfer.log')).not.to.contain('"Type"');
        setting('connect.general.loggingLevel', 'debug');
        await until(() => log('connect.log').includes('the logs tell debug'), 'the new level');
        await until(() => log('connect-sync.log').includes('the log tells debug'), 'the same of the sync');
        await upload('two.txt');
        await until(() => log('connect-transfer.log').includes('"Type":"DONE"'), 'a frame in the log');
        await output().getByText('"Type"').first().waitFor({ timeout: DONE_MS });
        await window.screenshot('logs');
        expect(log('connect-browser.log')).to.contain('logged in from');
        for (const name of fs.readdirSync(join(workbench.home, 'logs'))) {
            expect(log(name), name).not.to.contain(PASSWORD);
        }
    });

    it('tells where the logs are, and copies that', async () => {
        await window.runCommand('Connect: Open Log Folder');
        const message = window.page
            .locator('.theia-notification-list-item', { hasText: 'The logs are in' })
            .first();
        await message.getByText('Copy Path').click();
        const copied = (): Promise<string> => onPage('navigator.clipboard.readText()');
        await until(async () => (await copied()) !== '', 'a path in the clipboard');
        expect(await copied()).to.equal(join(workbench.home, 'logs'));
    });

    it('asks whether it may notify when that is switched on, then tells the system and leads back', async () => {
        expect(await onPage('window.askedForPermission')).to.equal(0);
        setting('connect.notifications.desktop', true);
        await until(() => onPage('window.askedForPermission === 1'), 'the question');
        await onPage('window.isAway = true');
        await upload('three.txt');
        await until(() => onPage('window.shownNotifications.length === 1'), 'the notification');
        const [shown] = await onPage<Shown[]>(
            'window.shownNotifications.map(({ title, body, tag }) => ({ title, body, tag }))'
        );
        expect(shown).to.deep.equal({
            title: 'Connect',
            body: 'three.txt completed.',
            tag: 'connect-transfers'
        });
        await onPage('window.shownNotifications[0].onclick()');
        await window.page.locator('.connect-transfer-row.selected', { hasText: 'three.txt' }).waitFor();
        await onPage('window.isAway = false');
    });

    it('verifies an upload again by reading it back, and tells which file is another one now', async () => {
        await upload('four.txt');
        await completed('four.txt');
        await window.transfer('four.txt', 'Upload').locator('.connect-transfer-name').click();
        const message = (text: string): Locator =>
            window.page.locator('.theia-notification-list-item', { hasText: text }).first();
        await window.runCommand('Transfer: Verify Again');
        await message('1 file read again and compared by hash').waitFor({ timeout: DONE_MS });
        fs.writeFileSync(join(server.root, 'up', 'four.txt'), 'CONTENT of four.txt');
        await window.transfer('four.txt', 'Upload').locator('.connect-transfer-name').click();
        await window.runCommand('Transfer: Verify Again');
        const warning = message('1 file differs from what was transferred');
        await warning.waitFor({ timeout: DONE_MS });
        await window.screenshot('verified-again');
        await warning.getByText('Show Log').click();
        await window.page
            .locator('.connect-monitor-log', {
                hasText: 'verified again: four.txt: its content is another one'
            })
            .waitFor();
    });
});
