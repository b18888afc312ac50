import { expect } from 'chai';
import { join } from 'node:path';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { CommandLine, isAlive } from '../support/command-line';
import { TransferBench } from '../support/transfer-bench';
import { leftovers, snapshotTree, writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

/** Of the large file, which takes minutes at its first rate: it still runs when the window comes. */
const MOVED_BYTES = 1_000_000;

describe('command line and windows', function () {
    this.timeout(300_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let connect: CommandLine;

    before(async () => {
        server = await TransferBench.start();
        writeNoise(join(server.local, 'big.bin'), 31, 150_000_000);
        writeNoise(join(server.local, 'small.bin'), 32, 1_000_000);
        browser = await BrowserWindow.launch();
    });
    beforeEach(() => {
        workbench = new BareWorkbench(server, { 'connect.bandwidth.targetRate': 200 });
        connect = new CommandLine({}, {}, [], workbench.home);
    });
    afterEach(async () => {
        await workbench.dispose();
        await connect.dispose();
    });
    after(async () => {
        await browser?.close();
        await server?.dispose();
    });

    const state = (window: WorkbenchPage, name: string, text: string): Promise<void> =>
        window
            .transfer(name, 'Upload')
            .locator('.connect-transfer-state', { hasText: text })
            .waitFor({ timeout: 120_000 });

    it('a window takes over what runs without one, and a command that waits notices nothing', async () => {
        await connect.signIn(server, '--remember');
        const local = join(server.local, 'big.bin');
        const waiting = connect.begin(
            'transfer',
            'start',
            local,
            'Bench:/over',
            '--target-rate',
            '8M',
            '--wait'
        );
        await connect.until(([job]) => job?.state === 'transferring' && job.bytes.done > MOVED_BYTES);
        const before = (await connect.backend())!;
        expect(before.kind).to.equal('headless');

        const window = await browser.open(await workbench.start());
        await state(window, 'big.bin', 'Transferring');
        expect((await connect.backend())!.kind).to.equal('window');
        while (isAlive(before.pid)) {
            await new Promise(next => setTimeout(next, 50));
        }
        const [{ id, bytes }] = await connect.jobs();
        expect(bytes.done).to.be.greaterThan(MOVED_BYTES);

        await connect.run('transfer', 'limit', id, '--target-rate', '400M');
        const { exitCode, stdout, stderr } = await waiting.finished;
        expect(exitCode, stdout + stderr).to.equal(0);
        await state(window, 'big.bin', 'Completed');
        expect(snapshotTree(join(server.root, 'over'))['big.bin'].sha256).to.equal(
            snapshotTree(server.local)['big.bin'].sha256
        );
        expect(leftovers(join(server.root, 'over'))).to.deep.equal([]);

        await connect.run('transfer', 'start', join(server.local, 'small.bin'), 'Bench:/over');
        await state(window, 'small.bin', 'Completed');
        expect(await window.transfer('big.bin', 'Upload').count()).to.equal(1);
        await window.page.close();
    });

    it('a second app on the same list says who has it, and takes over when that one ends', async () => {
        const window = await browser.open(await workbench.start());
        await connect.signIn(server, '--remember');
        await connect.run('transfer', 'start', join(server.local, 'small.bin'), 'Bench:/second', '--wait');
        await state(window, 'small.bin', 'Completed');
        const second = new BareWorkbench(server, {}, workbench.home);
        try {
            const other = await browser.open(await second.start());
            const note = other.page.locator('.connect-transfers-note', {
                hasText: `Another Connect runs the transfers`
            });
            await note.waitFor();
            expect(await note.innerText()).to.contain(String(workbench.backend.child.pid));
            await other.screenshot('second-app');
            await window.page.close();
            await workbench.backend.end();
            await state(other, 'small.bin', 'Completed');
            await note.waitFor({ state: 'detached' });
            expect((await connect.backend())!.pid).to.equal(second.backend.child.pid);
            await other.page.close();
        } finally {
            await second.dispose();
        }
    });
});
