import { expect } from 'chai';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { until } from '../support/until';
import { BareWorkbench } from '../support/workbench';

/** Two minutes at the first rate: it is never there while its rate is looked at. */
const FILM_BYTES = 600_000_000;
/** Of the target, by which a measured rate may be off. */
const TOLERANCE = 0.1;
/**
 * Rows of the table stand for a second each, and the change falls into one of them: the next one but one is the first
 * that begins a second or later after the change.
 */
const ROWS_AFTER = 2;

describe('the target rate is changed while a transfer runs', function () {
    this.timeout(180_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        server = await TransferBench.start();
        workbench = new BareWorkbench(server, { 'connect.bandwidth.targetRate': 40 });
        writeNoise(join(workbench.workspace, 'film.mov'), 41, FILM_BYTES);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.local('film.mov').waitFor();
        await window.remote('Server').click();
        await window.drag(window.local('film.mov'), window.remote('Server'));
        await window.untilTransfer('film.mov', 'Upload', 'Transferring');
        await window.transfer('film.mov', 'Upload').locator('.connect-transfer-name').dblclick();
        await monitor().getByRole('tab', { name: 'Data Table' }).press('Enter');
        await monitor().getByRole('region', { name: 'Data of the graph' }).waitFor();
        await monitor().getByLabel('Rows').selectOption('1000');
        // it has to run at its first rate before there is a change to see
        await monitor().locator('tbody tr').nth(4).waitFor();
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    const monitor = (): Locator => window.monitor('film.mov');

    /** Measured in each second from one second after the change on, in Mbps, the earliest first. */
    async function measuredAfter(change: string): Promise<number[]> {
        const rows = await monitor()
            .locator('tbody tr')
            .evaluateAll(all => all.map(each => [...each.children].map(cell => cell.textContent)));
        const at = rows.findIndex(cells => cells.at(-1)?.includes(change));
        const after = rows.slice(0, Math.max(0, at - ROWS_AFTER + 1)).reverse();
        return after.map(([, rate, , target]) => {
            expect(change).to.contain(`Target ${target}`);
            expect(rate, JSON.stringify(rows.slice(0, at + 2))).to.match(/^[\d.]+ Mbps$/);
            return parseFloat(rate!);
        });
    }

    /**
     * A second after the change the rate is on its side of the middle, and it reaches the new target. How near it is in
     * any one second is up to what else the computer does.
     */
    async function follows(fromMbps: number, toMbps: number): Promise<void> {
        const change = `Target ${toMbps} Mbps`;
        const isThere = async (): Promise<boolean> =>
            (await measuredAfter(change)).some(mbps => Math.abs(mbps - toMbps) <= toMbps * TOLERANCE);
        await until(isThere, `${toMbps} Mbps are measured`);
        const [first] = await measuredAfter(change);
        const middle = (fromMbps + toMbps) / 2;
        expect(toMbps > fromMbps ? first - middle : middle - first, `${first} Mbps`).to.be.greaterThan(0);
    }

    it('by a key of the slider: the measured rate follows within a second', async () => {
        const slider = monitor().getByRole('slider', { name: 'Target rate' });
        await slider.focus();
        await window.page.keyboard.press('PageDown');
        await follows(40, 20);
        await monitor().locator('[role=slider][aria-valuetext="20 Mbps"]').waitFor();
    });

    it('by typing: the measured rate follows within a second', async () => {
        const field = monitor().getByRole('textbox', { name: 'Target' });
        await field.focus();
        await window.page.keyboard.press('Control+a');
        await window.page.keyboard.type('60 Mbps');
        await window.page.keyboard.press('Enter');
        await follows(20, 60);
        await window.screenshot('rate changed');
    });
});
