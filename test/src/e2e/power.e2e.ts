import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import { expect } from 'chai';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Locator } from 'playwright-core';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { CommandLine } from '../support/command-line';
import { callPage } from '../support/page-services';
import { PrivateSystemBus, systemBusUnavailable } from '../support/system-bus';
import { writeNoise } from '../support/trees';
import { StartedWorkbench } from '../support/workbench';

const DONE_MS = 60_000;
/** They last until they are told to hurry. */
const SLOW = { targetBps: 2_000_000 };
const FAST = { targetBps: 200_000_000 };
const FREE = 2;
const METERED = 1;

const unavailable = systemBusUnavailable();
const title = 'transfers on battery power and on metered connections';

describe(unavailable === undefined ? title : `${title} (${unavailable})`, function () {
    this.timeout(180_000);
    let bus: PrivateSystemBus;
    let workbench: StartedWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async function () {
        if (unavailable !== undefined) {
            return this.skip();
        }
        bus = await PrivateSystemBus.start();
        await bus.startService('upower');
        await bus.startService('networkmanager');
        await bus.setMetered(FREE);
        workbench = new StartedWorkbench(
            {
                'connect.bandwidth.onBattery': 'pause-automatic',
                'connect.bandwidth.onMetered': 'pause-all'
            },
            { DBUS_SYSTEM_BUS_ADDRESS: bus.address }
        );
        ['sync.bin', 'urgent.bin', 'own.bin'].forEach((name, at) =>
            writeNoise(join(workbench.workspace, name), at + 1, 10_000_000)
        );
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.expandRemote('Demo server', 'Upload here');
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await bus?.dispose();
    });

    const submit = async (name: string, automatic: boolean): Promise<string> => {
        const sources = [pathToFileURL(join(workbench.workspace, name)).href];
        const request = { sources, target: 'connect://demo/Upload%20here/', automatic, rate: SLOW };
        return (await callPage<Job[]>(window.page, 'TransferService', 'submit', request))[0].id;
    };
    const hurry = (...ids: string[]): Promise<void> =>
        callPage(window.page, 'TransferService', 'setRate', ids, FAST);
    const state = (name: string, text: string): Promise<void> =>
        window.untilTransfer(name, 'Upload', text, DONE_MS);
    const bar = (text: string): Locator => window.page.locator('#theia-statusBar', { hasText: text });

    it('lets automatic transfers wait with the reason in sight, and go on by themselves', async () => {
        const sync = await submit('sync.bin', true);
        const own = await submit('own.bin', false);
        await state('sync.bin', 'Transferring');
        await state('own.bin', 'Transferring');
        await bus.setOnBattery(true);
        await state('sync.bin', 'Waits: on battery power');
        await bar('automatic transfers wait: on battery power').waitFor();
        await state('own.bin', 'Transferring');
        await window.screenshot('on battery');

        const connect = new CommandLine({}, {}, [], workbench.home);
        const shown = await connect.json<{ jobs: Array<{ state: string; hold?: string }> }>([
            'transfer',
            'show',
            sync
        ]);
        expect(shown.jobs[0]).to.include({ state: 'queued', hold: 'battery' });
        const listed = await connect.json<{ queue: { power: object } }>(['transfer', 'list']);
        expect(listed.queue.power).to.deep.equal({
            ...{ onBattery: true, metered: false },
            waits: [{ reason: 'battery', which: 'automatic' }]
        });
        expect((await connect.run('transfer', 'list')).stdout).to.contain('Waits: on battery power');

        await bus.setOnBattery(false);
        await state('sync.bin', 'Transferring');
        await bar('wait: on battery power').waitFor({ state: 'detached' });
        await hurry(sync, own);
        await state('sync.bin', 'Completed, verified');
        await state('own.bin', 'Completed, verified');
    });

    it('says why, leads to the setting, and lets a person start one anyway, which is not stopped again', async () => {
        await bus.setOnBattery(true);
        await bar('automatic transfers wait: on battery power').waitFor();
        const urgent = await submit('urgent.bin', true);
        await state('urgent.bin', 'Waits: on battery power');
        const row = window.transfer('urgent.bin', 'Upload');
        await row.getByRole('button', { name: 'Why?: urgent.bin' }).click();
        const panel = window.page.locator('.connect-why:visible');
        await panel.locator('.connect-why-headline', { hasText: 'on battery power' }).waitFor();
        await window.screenshot('why on battery');
        await panel.getByRole('button', { name: 'Start This One Anyway' }).click();
        await state('urgent.bin', 'Transferring');

        await bus.setOnBattery(false);
        await bar('wait: on battery power').waitFor({ state: 'detached' });
        await bus.setOnBattery(true);
        await bar('automatic transfers wait: on battery power').waitFor();
        await state('urgent.bin', 'Transferring');

        // another condition is another matter
        await bus.setMetered(METERED);
        await state('urgent.bin', 'Waits: on a metered connection');
        await bar('transfers wait: on a metered connection').waitFor();
        await panel.getByRole('button', { name: 'Bandwidth Settings' }).click();
        const setting = (name: string): Locator =>
            window.page.locator(`.connect-preferences [data-setting="connect.bandwidth.${name}"]`);
        await setting('onMetered').getByText('Its connection is metered now.').waitFor();
        await setting('onBattery').scrollIntoViewIfNeeded();
        await window.screenshot('battery and metered settings');
        await setting('onMetered').locator('select').selectOption({ label: 'No change' });
        await state('urgent.bin', 'Transferring');
        await hurry(urgent);
        await state('urgent.bin', 'Completed, verified');
    });

    it('takes what nobody tells for no reason to wait, and the settings say so', async () => {
        const setting = window.page.locator('[data-setting="connect.bandwidth.onMetered"]');
        await setting.locator('select').selectOption({ label: 'Pause all transfers' });
        await bar('transfers wait: on a metered connection').waitFor();
        await bus.stopService('networkmanager');
        await setting.getByText('cannot be told here').waitFor();
        await bar('transfers wait: on a metered connection').waitFor({ state: 'detached' });
        await window.screenshot('nobody tells of the connection');
    });
});
