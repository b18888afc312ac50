import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { auditAccessibility } from '../support/accessibility-audit';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { writeNoise } from '../support/trees';
import { until } from '../support/until';
import { StartedWorkbench } from '../support/workbench';

const FRAMES_MS = 30_000;
/** Two minutes at the first rate: neither transfer is over while its monitor is looked at. */
const FILE_BYTES = 300_000_000;
/** From the change of a rate on, by the clock of the transfer. */
const FOLLOWED_SEC = 1;
const MEASURED_SEC = 1;

interface Frame {
    readonly Type: string;
    readonly [field: string]: string;
}

describe('transfer monitors', function () {
    this.timeout(180_000);
    const settings = { 'connect.bandwidth.targetRate': 20, 'connect.general.loggingLevel': 'trace' };
    const workbench = new StartedWorkbench(settings);
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        for (const [seed, name] of ['first.bin', 'second.bin'].entries()) {
            writeNoise(join(workbench.workspace, name), seed, FILE_BYTES);
        }
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.local('first.bin').waitFor();
        await window.expandRemote('Demo server', 'Upload here');
        for (const name of ['first.bin', 'second.bin']) {
            await window.drag(window.local(name), window.remote('Upload here'));
            await window
                .transfer(name, 'Upload')
                .locator('.connect-transfer-state', { hasText: 'Transferring' })
                .waitFor();
        }
    });

    after(async () => {
        await browser?.close();
        await workbench.dispose();
    });

    const monitor = (name: string): Locator =>
        window.page.locator('.connect-monitor').filter({ has: window.page.locator('h2', { hasText: name }) });
    const target = (name: string): Locator =>
        monitor(name).getByRole('slider', { name: 'Target rate', includeHidden: true });
    const tabs = (): Promise<string[]> =>
        window.page.locator('#theia-main-content-panel .lm-TabBar-tab .lm-TabBar-tabLabel').allInnerTexts();

    it('open from the list by Enter, one for each transfer', async () => {
        const { keyboard } = window.page;
        for (const name of ['first.bin', 'second.bin']) {
            await window.transfer(name, 'Upload').locator('.connect-transfer-name').click();
            await keyboard.press('Enter');
            await monitor(name).locator('.connect-monitor-fact', { hasText: 'UDP' }).waitFor();
        }
        expect((await tabs()).map(text => text.replace(/ \(.*/, ''))).to.include.members([
            'Monitor: first.bin',
            'Monitor: second.bin'
        ]);
    });

    it('change the rate on the wire by a key of the slider, within a second of their own transfer', async () => {
        await target('second.bin').focus();
        await window.page.keyboard.press('PageDown');
        const isChange = (frame: Frame): boolean => frame.Type === 'NOTIFICATION' && frame.Rate === '10000';
        const frames = await framesUntil(workbench.home, all => measuredAfter(all, isChange) !== undefined);
        // from the middle on it is the new rate that is seen
        expect(measuredAfter(frames, isChange)).to.be.above(0).and.below(15e6);
        const changed = frames.filter(isChange).map(({ SessionId }) => SessionId);
        expect(new Set(changed).size, 'no other transfer').to.equal(1);
    });

    it('show the change in the graph and in the table', async () => {
        const second = monitor('second.bin');
        for (const [name, rate] of [
            ['second.bin', '10 Mbps'],
            ['first.bin', '20 Mbps']
        ]) {
            const says = async (): Promise<boolean> =>
                (await target(name).getAttribute('aria-valuetext')) === rate;
            await until(says, `${name} has ${rate}`);
        }
        await second.getByRole('tab', { name: 'Data Table' }).click();
        await second.locator('.connect-monitor-table select').selectOption('1000');
        await second.locator('tbody tr', { hasText: 'Target 10 Mbps' }).waitFor();
        await second.locator('.connect-monitor-readout', { hasText: '▲ rate changed' }).waitFor();
        const isDrawn = (): Promise<boolean> =>
            second.locator('.connect-monitor-plot canvas').evaluate(canvas => {
                const { width, height } = canvas as HTMLCanvasElement;
                const pen = (canvas as HTMLCanvasElement).getContext('2d')!;
                const pixels = pen.getImageData(0, 0, width, height);
                return new Set(new Uint32Array(pixels.data.buffer)).size > 10;
            });
        await until(isDrawn, 'the graph is drawn');
    });

    it('take a typed rate, and tell what is none', async () => {
        const second = monitor('second.bin');
        const field = second.getByRole('textbox', { name: 'Target' });
        await field.fill('fast');
        await second.getByRole('alert').waitFor();
        await field.fill('15 Mbps');
        await field.press('Enter');
        await framesUntil(workbench.home, all =>
            all.some(({ Type, Rate }) => Type === 'NOTIFICATION' && Rate === '15000')
        );
    });

    for (const theme of [
        'Light (Theia)',
        'Dark (Theia)',
        'High Contrast (Theia)',
        'High Contrast Light (Theia)'
    ]) {
        it(`can be read and used with a screen reader and weak eyes, as the list can, in ${theme}`, async () => {
            await window.chooseTheme(theme);
            expect(await auditAccessibility(monitor('second.bin')), 'monitor').to.deep.equal([]);
            const list = window.page.locator('.connect-transfers');
            expect(await auditAccessibility(list), 'list of transfers').to.deep.equal([]);
            await window.screenshot(`monitor ${theme}`);
        });
    }

    it('come back with the layout, and know what was before', async () => {
        await window.page.reload();
        await window.page.locator('.theia-ApplicationShell').waitFor();
        const second = monitor('second.bin');
        await second.locator('tbody tr', { hasText: 'Target 10 Mbps' }).waitFor({ timeout: 60_000 });
        const areBack = async (): Promise<boolean> =>
            (await tabs()).filter(text => text.startsWith('Monitor: ')).length === 2;
        await until(areBack, 'both monitors are back');
        await second.getByRole('button', { name: 'Stop' }).click();
        await second.locator('.connect-monitor-fact', { hasText: 'Stopped' }).waitFor();
        await second.locator('.connect-monitor-readout', { hasText: '■ stopped' }).waitFor();
    });
});

/**
 * Rate of the transfer that was changed, in bit/s, in the second that begins one second after the change, by its own
 * clock: how often a busy computer lets it tell its figures does not matter. Undefined while that is not over.
 */
function measuredAfter(frames: readonly Frame[], isChange: (frame: Frame) => boolean): number | undefined {
    const changed = frames.findIndex(isChange);
    const figures = frames
        .slice(Math.max(0, changed))
        .filter(({ Type, SessionId }) => Type === 'STATS' && SessionId === frames[changed]?.SessionId)
        .map(({ Elapsedusec, TransferBytes }) => ({
            sec: Number(Elapsedusec) / 1e6,
            bits: Number(TransferBytes) * 8
        }));
    const from = figures.find(({ sec }) => sec >= figures[0].sec + FOLLOWED_SEC);
    const to = figures.find(({ sec }) => from !== undefined && sec >= from.sec + MEASURED_SEC);
    return from && to && (to.bits - from.bits) / (to.sec - from.sec);
}

/** Management frames that the transfer log holds, in their order, once they are as wanted. */
async function framesUntil(home: string, isEnough: (frames: readonly Frame[]) => boolean): Promise<Frame[]> {
    const deadline = performance.now() + FRAMES_MS;
    for (;;) {
        const lines = fs.readFileSync(join(home, 'logs', 'connect-transfer.log'), 'utf8').split('\n');
        const frames = lines.flatMap(line => {
            const at = line.indexOf('{"Type"');
            return at < 0 || !line.endsWith('}') ? [] : [JSON.parse(line.slice(at)) as Frame];
        });
        if (isEnough(frames)) {
            return frames;
        }
        if (performance.now() > deadline) {
            throw new Error(`The frames did not come; the last ones: ${lines.slice(-5).join('\n')}`);
        }
        await new Promise(next => setTimeout(next, 100));
    }
}
