import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { TransferBench } from '../support/transfer-bench';
import { leftovers, snapshotTree, writeNoise } from '../support/trees';
import { until } from '../support/until';
import { BareWorkbench } from '../support/workbench';

const JOBS = 50;
const LIMIT = 3;
const FILE_BYTES = 200_000;
const DONE_MS = 300_000;
/** Rows beside those in sight that a list may hold ready. */
const SPARE_ROWS = 30;

const RUNNING: ReadonlySet<string> = new Set(['preparing', 'transferring', 'finishing']);

/** What the page showed while the jobs ran. */
interface Seen {
    /** Of the status bar, each once. */
    readonly texts: string[];
    /** Most rows that were in the document at once. */
    rows: number;
    /** Most of them that said that they run. */
    running: number;
}

describe('fifty transfers, three at a time', function () {
    this.timeout(DONE_MS + 60_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;
    let seen: Seen;

    before(async () => {
        server = await TransferBench.start();
        const reels = join(server.root, 'reels');
        fs.mkdirSync(reels);
        for (let i = 1; i <= JOBS; i++) {
            writeNoise(join(reels, `reel-${String(i).padStart(2, '0')}.bin`), i, FILE_BYTES);
        }
        workbench = new BareWorkbench(server);
        const settings = {
            'connect.transfers.downloadFolder': workbench.workspace,
            'connect.transfers.queue.max': LIMIT,
            // so slow that they are asked for faster than they are done, at whatever pace the page takes keys
            'connect.bandwidth.targetRate': 1
        };
        fs.writeFileSync(join(workbench.home, 'settings.json'), JSON.stringify(settings));
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.expandRemote('Server', 'reels');
        await window.expandRemote('reels', 'reel-01.bin');
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    it('are asked for by keys one after the other, and all arrive', async () => {
        const { page } = window;
        await page.evaluate(watchPage);
        await window.remote('reel-01.bin').click();
        for (let i = 1; i <= JOBS; i++) {
            await page.keyboard.press('Control+Alt+d');
            await page.keyboard.press('ArrowDown');
        }
        await page.locator(`.connect-transfer-list[aria-rowcount="${JOBS}"]`).waitFor({ timeout: DONE_MS });
        await window.showTransfers();
        for (const key of ['End', 'Home', 'PageDown', 'PageDown', 'End']) {
            await page.keyboard.press(key);
            await page.locator('.connect-transfer-row.focused').waitFor();
        }
        await window.screenshot('fifty jobs');
        const status = page.locator('#status-bar-connect-transfers-status');
        await status.waitFor({ state: 'detached', timeout: DONE_MS });
        seen = await page.evaluate(() => (globalThis as unknown as { connectSeen: Seen }).connectSeen);
        const [there, here] = [join(server.root, 'reels'), workbench.workspace];
        expect(snapshotTree(here)).to.deep.equal(snapshotTree(there));
        expect(leftovers(here)).to.deep.equal([]);
    });

    it('never run more than three at once', async () => {
        const file = join(workbench.home, 'logs', 'connect-transfer.log');
        let now = 0;
        let most = 0;
        const readLog = (): void => {
            [now, most] = [0, 0];
            for (const [, from, to] of fs.readFileSync(file, 'utf8').matchAll(/ (\w+) -> (\w+) \(/g)) {
                now += Number(RUNNING.has(to)) - Number(RUNNING.has(from));
                most = Math.max(most, now);
            }
        };
        await until(() => {
            readLog();
            return now === 0;
        }, 'all of them ended');
        expect(most).to.equal(LIMIT);
        expect(seen.running).to.be.at.most(LIMIT);
    });

    it('stand in the status bar as they are', () => {
        const counts = (word: string): number[] =>
            seen.texts.flatMap(text => new RegExp(`(\\d+) ${word}`).exec(text)?.slice(1).map(Number) ?? []);
        expect(Math.max(...counts('active'))).to.equal(LIMIT);
        expect(Math.max(...counts('queued'))).to.be.within(10, JOBS - 1);
        expect(seen.texts.join('\n'))
            .to.match(/↓[\d.]+ [KM]bps/)
            .and.not.match(/↑|attention/);
    });

    it('are in the document only as far as they are in sight', async () => {
        const list = window.page.locator('.connect-transfer-list');
        const inSight = await list.evaluate(node => Math.ceil(node.clientHeight / 52));
        expect(seen.rows)
            .to.be.at.most(inSight + SPARE_ROWS)
            .and.at.least(1);
        expect(seen.rows).to.be.below(JOBS);
    });
});

/** Runs in the page: keeps what it shows from now on. */
function watchPage(): void {
    const seen: Seen = { texts: [], rows: 0, running: 0 };
    Object.assign(globalThis, { connectSeen: seen });
    const look = (): void => {
        const text = document.querySelector('#status-bar-connect-transfers-status')?.textContent ?? '';
        if (!seen.texts.includes(text)) {
            seen.texts.push(text);
        }
        const rows = [...document.querySelectorAll('.connect-transfer-row')];
        seen.rows = Math.max(seen.rows, rows.length);
        const running = rows.filter(row =>
            row.matches('.state-preparing, .state-transferring, .state-finishing')
        );
        seen.running = Math.max(seen.running, running.length);
    };
    new MutationObserver(look).observe(document.body, {
        subtree: true,
        childList: true,
        characterData: true
    });
}
