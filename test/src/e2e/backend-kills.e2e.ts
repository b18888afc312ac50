import { seededRandom } from '@connect/base';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { TransferBench } from '../support/transfer-bench';
import { leftovers, makeSmallFiles, snapshotTree, TreeSnapshot, writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

const KILLS = 4;
const DONE_MS = 180_000;

describe('kill -9 of the backend during transfers', function () {
    this.timeout(300_000);
    const random = seededRandom(99);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        server = await TransferBench.start();
        workbench = new BareWorkbench(server, { 'connect.bandwidth.targetRate': 200 });
        fs.mkdirSync(join(workbench.workspace, 'big'));
        writeNoise(join(workbench.workspace, 'big', 'film.mov'), 21, 300_000_000);
        makeSmallFiles(join(workbench.workspace, 'tree'), 2000, 22);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.page.locator('[id="connect.remote.accounts"]').waitFor();
        await window.remote('Server').click();
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    for (const what of ['big', 'tree']) {
        it(`${what}: killed ${KILLS} times, the job goes on by itself and every byte is right`, async () => {
            const expected = snapshotTree(join(workbench.workspace, what));
            await window.drag(window.local(what), window.remote('Server'));
            await window.transfer(what, 'Upload').waitFor();
            const target = join(server.root, what);
            for (let kill = 1; kill <= KILLS; kill++) {
                await untilArrived(target, expected, (kill - 1 + random.nextFloat()) / (KILLS + 1));
                workbench.backend.kill();
                await workbench.backend.finished;
                await workbench.start();
            }
            await window.page.close();
            window = await browser.open(workbench.address);
            const row = window.transfer(what, 'Upload');
            await row
                .locator('.connect-transfer-state', { hasText: 'Completed' })
                .waitFor({ timeout: DONE_MS });
            expect(await row.count(), 'the job is there once').to.equal(1);
            expect(snapshotTree(target)).to.deep.equal(expected);
            expect(leftovers(server.root)).to.deep.equal([]);
        });
    }
});

/** Waits until about `share` of the expected bytes is on the server's disk, finished or not. */
async function untilArrived(target: string, expected: TreeSnapshot, share: number): Promise<void> {
    const total = Object.values(expected).reduce((sum, entry) => sum + entry.sizeBytes, 0);
    while (bytesIn(target) < total * share) {
        await new Promise(next => setTimeout(next, 10));
    }
}

function bytesIn(folder: string): number {
    if (!fs.existsSync(folder)) {
        return 0;
    }
    return fs.readdirSync(folder, { withFileTypes: true, recursive: true }).reduce((sum, entry) => {
        const stat = entry.isFile()
            ? fs.statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })
            : undefined;
        return sum + (stat ? stat.blocks * 512 : 0);
    }, 0);
}
