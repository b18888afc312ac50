import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { callPage } from '../support/page-services';
import { writeNoise } from '../support/trees';
import { until } from '../support/until';
import { StartedWorkbench } from '../support/workbench';

/** The lower one in the tree first: a folder that is dragged may open. */
const JOBS = ['second', 'first'];
/** So much that both transfers run for more than a minute: looking at them in two windows takes as long as it takes. */
const FILES = 600;
const FILE_BYTES = 250_000;
const RATE_MBPS = 12;
/** What a window may hear of progress, of list, status and all monitors together. */
const PER_SECOND = 4;
/** Answers to what the page asks, and what is not about transfers. */
const OTHERS = 6;
const WATCHED_MS = 12_000;

/** Counts what comes over the web sockets of a page; Theia sends each message in one binary frame. */
function countFrames(page: Page): { count: number } {
    const seen = { count: 0 };
    page.on('websocket', socket =>
        socket.on('framereceived', ({ payload }) => {
            seen.count += typeof payload === 'string' ? 0 : 1;
        })
    );
    return seen;
}

describe('messages to windows while transfers run', function () {
    this.timeout(180_000);
    const workbench = new StartedWorkbench({ 'connect.bandwidth.targetRate': RATE_MBPS });
    let browser: BrowserWindow;
    const windows: Array<{ readonly window: WorkbenchPage; readonly frames: { count: number } }> = [];

    before(async () => {
        for (const [seed, job] of JOBS.entries()) {
            fs.mkdirSync(join(workbench.workspace, job));
            for (let i = 0; i < FILES; i++) {
                writeNoise(join(workbench.workspace, job, `file-${i}.bin`), seed * FILES + i, FILE_BYTES);
            }
        }
        browser = await BrowserWindow.launch();
        const pages: Array<{ count: number }> = [];
        browser.context.on('page', page => pages.push(countFrames(page)));
        const address = await workbench.start();
        for (let i = 0; i < 2; i++) {
            // the login of the first one is that of the browser
            const window = await browser.open(i === 0 ? address : address.replace(/#.*/, ''));
            windows.push({ window, frames: pages[i] });
        }
    });

    afterEach(async function () {
        await windows[0]?.window.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench.dispose();
    });

    /**
     * What the backend has sent to each window so far, however late a busy computer brings it: an answer comes by the same
     * socket after all that was sent before it.
     */
    const framesSoFar = (): Promise<number[]> =>
        Promise.all(
            windows.map(async ({ window, frames }) => {
                await callPage(window.page, 'TransferService', 'snapshot');
                return frames.count;
            })
        );

    it(`are at most ${PER_SECOND} per second, with list, status bar and both monitors open`, async () => {
        const [{ window }] = windows;
        // a page behind another one draws nothing
        await window.page.bringToFront();
        await window.expandRemote('Demo server', 'Upload here');
        for (const job of JOBS) {
            await window.drag(window.local(job), window.remote('Upload here'));
            await window.untilTransfer(job, 'Upload', 'Transferring');
        }
        for (const { window: each } of windows) {
            await each.page.bringToFront();
            await each.showTransfers();
            for (const job of JOBS) {
                await each.transfer(job, 'Upload').locator('.connect-transfer-name').click();
                await each.page.keyboard.press('Enter');
                await each.monitor(job).locator('.connect-monitor-file.file-done').first().waitFor();
            }
        }
        const startMs = performance.now();
        const before = await framesSoFar();
        const rowOf = (at: number): Promise<string> =>
            windows[at].window.transfer(JOBS[0], 'Upload').innerText();
        const shown = await Promise.all([rowOf(0), rowOf(1)]);
        await until(() => performance.now() - startMs > WATCHED_MS, 'they were watched for a while');
        const counts = (await framesSoFar()).map((count, at) => count - before[at]);
        const seconds = (performance.now() - startMs) / 1000;
        await window.screenshot('messages to windows');
        for (const [at, count] of counts.entries()) {
            expect(count, `window ${at + 1}`).to.be.at.most(PER_SECOND * seconds + OTHERS);
            // and they are really what is counted
            expect(count, `window ${at + 1}`).to.be.at.least(seconds);
            expect(await rowOf(at)).to.not.equal(shown[at]);
        }
        for (const job of JOBS) {
            expect(await window.transfer(job, 'Upload').innerText()).to.contain('Transferring');
        }
    });
});
