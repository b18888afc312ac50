import { expect } from 'chai';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

const FILM_BYTES = 250_000_000;
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

    /** What was measured from a second after the change on, in Mbps. */
    async function measuredAfter(change: string): Promise<number> {
        const row = monitor().locator('tbody tr').filter({ hasText: change });
        await row.waitFor();
        await monitor()
            .locator(`tbody:has(tr:nth-child(n + ${ROWS_AFTER + 2}):has-text("${change}"))`)
            .waitFor();
        const rows = await monitor()
            .locator('tbody tr')
            .evaluateAll(all => all.map(each => [...each.children].map(cell => cell.textContent)));
        const at = rows.findIndex(cells => cells.at(-1)?.includes(change));
        const [, rate, , target] = rows[at - ROWS_AFTER];
        expect(change).to.contain(`Target ${target}`);
        expect(rate, JSON.stringify(rows.slice(0, at + 2))).to.match(/^[\d.]+ Mbps$/);
        return parseFloat(rate!);
    }

    it('by a key of the slider: the measured rate follows within a second', async () => {
        const slider = monitor().getByRole('slider', { name: 'Target rate' });
        await slider.focus();
        await window.page.keyboard.press('PageDown');
        expect(await measuredAfter('Target 20 Mbps')).to.be.closeTo(20, 20 * TOLERANCE);
        expect(await slider.getAttribute('aria-valuetext')).to.equal('20 Mbps');
    });

    it('by typing: the measured rate follows within a second', async () => {
        const field = monitor().getByRole('textbox', { name: 'Target' });
        await field.focus();
        await window.page.keyboard.press('Control+a');
        await window.page.keyboard.type('60 Mbps');
        await window.page.keyboard.press('Enter');
        expect(await measuredAfter('Target 60 Mbps')).to.be.closeTo(60, 60 * TOLERANCE);
        await window.screenshot('rate changed');
    });
});
