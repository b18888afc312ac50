import { ascpCalls, writeAscpStandIn, type AscpWorld } from '@connect/transfer/lib/testing/ascp-world';
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { auditAccessibility } from '../support/accessibility-audit';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { snapshotTree, writeNoise } from '../support/trees';
import { BareWorkbench } from '../support/workbench';

/** ascp is played by a stand-in that copies into the folder which the server grants. */
describe('engines in the workbench', function () {
    this.timeout(180_000);
    let bench: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;
    let world: AscpWorld;
    let program: string;

    before(async () => {
        bench = await TransferBench.start();
        fs.mkdirSync(join(bench.root, 'in'));
        world = {
            root: bench.root,
            password: PASSWORD,
            hostKeySha1: hostKeySha1(bench),
            record: join(bench.folder, 'ascp-record')
        };
        program = writeAscpStandIn(join(bench.folder, 'ascp'), world);
        workbench = new BareWorkbench(bench, {
            'connect.engines.ascp.path': program,
            'connect.general.loggingLevel': 'trace'
        });
        fs.mkdirSync(join(workbench.workspace, 'tree'));
        writeNoise(join(workbench.workspace, 'tree', 'film.mov'), 4, 3_000_000);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.local('tree').waitFor();
    });
    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await bench?.dispose();
    });

    const done = (name: string): Locator =>
        window.transfer(name, 'Upload').locator('.connect-transfer-state', { hasText: 'Completed' }).first();

    it('are listed in About, with program, version and licence', async () => {
        await window.runCommand('Connect: About Transfer Engines');
        const about = window.page.locator('.connect-about-engines');
        await about.getByText(program).waitFor();
        const text = await about.innerText();
        expect(text).to.include('connect-cp 0.1.0').and.to.include('IBM Aspera Connect version 4.2.8.540');
        expect(text).to.include('License max rate=(unlimited)').and.to.include('nothing over UDP');
        await window.screenshot('about engines');
        expect(await auditAccessibility(about)).to.deep.equal([]);
        await window.page.keyboard.press('Escape');
        await about.waitFor({ state: 'hidden' });
    });

    it('send nothing over UDP for a transfer that is told so', async () => {
        await window.runCommand('Transfer: Pause All');
        await window.page.locator('#theia-statusBar', { hasText: 'paused' }).waitFor();
        await window.expandRemote('Server', 'in');
        await window.drag(window.local('tree'), window.remote('in'));
        await window.transfer('tree', 'Upload').locator('.connect-transfer-name').click();
        await window.runCommand('Transfer: Choose Engine');
        await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'HTTPS' }).waitFor();
        await window.screenshot('choose engine');
        await window.page.locator('.quick-input-list .monaco-list-row', { hasText: 'HTTPS' }).click();
        await window.runCommand('Transfer: Resume All');
        await done('tree').waitFor();
        const log = await logWith(workbench, '"X-Path":"HTTPS"');
        expect(log).to.not.include('"X-Path":"UDP"');
        const sent = join(workbench.workspace, 'tree');
        expect(snapshotTree(join(bench.root, 'in/tree'))).to.deep.equal(snapshotTree(sent));
    });

    it('give the files of an account on an Aspera server to ascp', async () => {
        await window.runCommand('Transfer: Clear Finished');
        await done('tree').waitFor({ state: 'detached' });
        await window.runCommand('Connect: Add Account');
        const form = window.page.locator('.dialogBlock');
        await form.getByLabel('Kind of server').selectOption('aspera');
        await form.getByLabel('Name', { exact: true }).fill('Aspera');
        await form.getByLabel('Host', { exact: true }).fill('127.0.0.1');
        await form.getByLabel('SSH port').fill(String(bench.address.sshPort));
        await form.getByLabel('User').fill('ana');
        await form.getByLabel('Password', { exact: false }).first().fill(PASSWORD);
        await window.screenshot('account on an Aspera server');
        await window.page.keyboard.press('Enter');
        await window.expandRemote('Aspera', 'in');
        // the other one is that of the account that is open already
        await window.remote('in').nth(1).waitFor();
        fs.rmSync(join(bench.root, 'in/tree'), { recursive: true });
        await window.drag(window.local('tree'), window.remote('in').last());
        await done('tree').waitFor();
        const sent = join(workbench.workspace, 'tree');
        expect(snapshotTree(join(bench.root, 'in/tree'))).to.deep.equal(snapshotTree(sent));
        const { args, environment } = ascpCalls(world).at(-1)!;
        expect(args).to.include('--mode=send').and.to.include('--host=127.0.0.1');
        expect(args.join(' ')).to.not.include(PASSWORD);
        expect(environment.ASPERA_SCP_PASS).to.equal(PASSWORD);
    });
});

/** The log of transfers, once it holds `text`: it is written a moment after things happen. */
async function logWith({ home }: BareWorkbench, text: string): Promise<string> {
    const file = join(home, 'logs', 'connect-transfer.log');
    for (;;) {
        const log = fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
        if (log.includes(text)) {
            return log;
        }
        await new Promise(resolve => setTimeout(resolve, 50));
    }
}

/** The host key as ascp compares it. */
function hostKeySha1(bench: TransferBench): string {
    const port = String(bench.address.sshPort);
    const lines = execFileSync('ssh-keyscan', ['-p', port, bench.host], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore']
    });
    const key = lines
        .split('\n')
        .find(line => /^[^#]/.test(line))!
        .split(' ')[2]!;
    return createHash('sha1').update(Buffer.from(key, 'base64')).digest('hex');
}
