import { expect } from 'chai';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { NamespacePair, namespacesUnavailable } from '../support/network-namespaces';
import { TransferBench } from '../support/transfer-bench';
import { leftovers, snapshotTree, writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

/** So large that what a way holds when it breaks, which does not depend on the file, is a small share of it. */
const FILM_BYTES = 250_000_000;
/** Share of the bytes that may cross the network again because the way broke. */
const SENT_TWICE = 0.02;
const DONE_MS = 120_000;

describe('UDP dies during a transfer (needs root, ip and nft)', function () {
    this.timeout(2 * DONE_MS);
    let pair: NamespacePair;
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async function () {
        if (namespacesUnavailable()) {
            return this.skip();
        }
        pair = new NamespacePair();
        const { serverPrefix, clientPrefix, serverAddress: host } = pair;
        server = await TransferBench.start({ host, serverPrefix });
        workbench = new BareWorkbench(
            server,
            // slow enough to be seen in the middle
            { 'connect.bandwidth.targetRate': 100 },
            undefined,
            clientPrefix
        );
        writeNoise(join(workbench.workspace, 'film.mov'), 31, FILM_BYTES);
        browser = await BrowserWindow.launch(clientPrefix);
        window = await browser.open(await workbench.start());
        await window.local('film.mov').waitFor();
        await window.remote('Server').click();
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
        pair?.dispose();
    });

    it('goes on over HTTPS, says so in row and monitor, and sends next to nothing twice', async () => {
        const row = window.transfer('film.mov', 'Upload');
        const monitor = window.monitor('film.mov');
        const path = monitor.locator('.connect-monitor-fact', { hasText: 'Path' });
        const before = pair.payloadSent('client');
        await window.drag(window.local('film.mov'), window.remote('Server'));
        await window.untilTransfer('film.mov', 'Upload', 'Transferring');
        await row.locator('.connect-transfer-name').dblclick();
        await path.filter({ hasText: 'UDP' }).waitFor();
        await row
            .locator('.connect-transfer-numbers', { hasText: /[3-7]\d %/ })
            .waitFor({ timeout: DONE_MS });
        expect(await row.innerText()).to.not.contain('HTTPS');
        pair.blockUdp();
        await row.locator('.connect-transfer-limit', { hasText: 'over HTTPS' }).waitFor({ timeout: DONE_MS });
        await path.filter({ hasText: 'HTTPS fallback' }).waitFor();
        const notice = monitor.getByRole('status').filter({ hasText: 'UDP does not get through here' });
        await notice.waitFor();
        await window.screenshot('over HTTPS');
        await window.untilTransfer('film.mov', 'Upload', 'Completed, verified', DONE_MS);
        const sent = pair.payloadSent('client') - before;
        expect(snapshotTree(server.root)).to.deep.equal(snapshotTree(workbench.workspace));
        expect(leftovers(server.root)).to.deep.equal([]);
        expect(sent / FILM_BYTES, 'payload on the wire for each byte of the file').to.be.within(
            0.98,
            1 + SENT_TWICE
        );
        await monitor.getByRole('tab', { name: 'Data Table' }).press('Enter');
        await monitor.locator('tbody tr', { hasText: 'HTTPS fallback' }).waitFor();
    });
});
