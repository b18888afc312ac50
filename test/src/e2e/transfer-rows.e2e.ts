import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { Locator } from 'playwright-core';
import { BrowserWindow, WorkbenchPage } from '../support/browser-window';
import { callPage } from '../support/page-services';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';
import { until } from '../support/until';
import { BareWorkbench } from '../support/workbench';

const FOLDER = 'a-rather-long-project-name/2026-spring/edits/final-versions-of-all';
const NAME = 'interview_with_the_very_important_person_camera_A_take_0042.mov';
/** Smallest side of what is to be hit with a pointer: WCAG 2.2, 2.5.8. */
const LEAST_TARGET = 24;

describe('rows of the list of transfers', function () {
    this.timeout(120_000);
    let server: TransferBench;
    let workbench: BareWorkbench;
    let browser: BrowserWindow;
    let window: WorkbenchPage;

    before(async () => {
        server = await TransferBench.start();
        workbench = new BareWorkbench(server);
        for (const root of [server.root, workbench.workspace]) {
            fs.mkdirSync(join(root, FOLDER), { recursive: true });
        }
        writeNoise(join(server.root, FOLDER, NAME), 1, 1000);
        browser = await BrowserWindow.launch();
        window = await browser.open(await workbench.start());
        await window.expandRemote('Server', 'a-rather-long-project-name');
        await download();
    });

    afterEach(async function () {
        await window?.screenshotOf(this.currentTest);
    });

    after(async () => {
        await browser?.close();
        await workbench?.dispose();
        await server?.dispose();
    });

    const download = async (): Promise<void> => {
        await callPage(window.page, 'TransferService', 'submit', {
            sources: [`connect://demo/${FOLDER}/${NAME}`],
            target: `file://${join(workbench.workspace, FOLDER)}`
        });
    };
    const rows = (): Locator => window.page.locator('.connect-transfer-row');

    /** What eyes see of a text once it fits and is cut so, and what ears hear of it. */
    async function shown(part: string, seen: RegExp): Promise<{ seen: string; heard: string }> {
        const isCut = async (): Promise<boolean> => {
            const now = await look(part);
            return now.fits && seen.test(now.seen);
        };
        await until(isCut, `${part} is cut as ${seen}`);
        return look(part);
    }

    /** What eyes see of a text now, what ears hear of it, and whether it fits. */
    async function look(part: string): Promise<{ seen: string; heard: string; fits: boolean }> {
        return rows()
            .first()
            .locator(`${part} .connect-cut`)
            .evaluate(node => ({
                seen: node.firstElementChild!.textContent!,
                heard: [...node.children]
                    .filter(child => child.getAttribute('aria-hidden') !== 'true')
                    .map(child => child.textContent)
                    .join(''),
                fits: (node.firstElementChild as HTMLElement).offsetWidth <= node.clientWidth
            }));
    }

    it('cut long names and paths in the middle, and tell screen readers and pointers all of them', async () => {
        await rows().first().locator('.connect-transfer-state', { hasText: 'Completed, verified' }).waitFor();
        const name = await shown('.connect-transfer-name', /^interview_.+….+_0042\.mov$/);
        expect(name.heard).to.equal(NAME);
        const places = await shown('.connect-transfer-places', /final.*all → .*final.*all$/);
        const [from, to] = [`Server:/${FOLDER}`, join(workbench.workspace, FOLDER)];
        expect(places.heard).to.equal(`${from} → ${to}`);
        expect(places.seen.length).to.be.below(places.heard.length);
        const cell = rows().first().locator('.connect-transfer-places');
        expect(await cell.getAttribute('title')).to.equal(`${from} → ${to}`);
        await window.screenshot('rows wide');
    });

    it('say of what stays as it is at the target that it was skipped', async () => {
        await download();
        const again = rows().filter({ has: window.page.getByText('Skipped', { exact: true }) });
        await again.waitFor();
        expect(await again.innerText()).to.contain('left as it is');
        expect(await rows().count()).to.equal(2);
    });

    it('are chosen all together by a key, and no text of the page with them', async () => {
        await rows().first().click();
        await window.page.keyboard.press('Control+a');
        await window.page.locator('.connect-transfer-row[aria-selected=true]').nth(1).waitFor();
        expect(await window.page.evaluate(() => getSelection()!.toString())).to.equal('');
    });

    it('tell in a narrow panel what it is and how it stands, with buttons that can be hit', async () => {
        await window.page.setViewportSize({ width: 1000, height: 800 });
        const list = window.page.locator('.connect-transfers');
        await window.page.waitForFunction(node => node!.clientWidth < 400, await list.elementHandle());
        const name = await shown('.connect-transfer-name', /^interview.*….*\.mov$/);
        expect(name.heard).to.equal(NAME);
        for (const button of await rows().first().locator('button').all()) {
            const { width, height } = (await button.boundingBox())!;
            expect(Math.min(width, height)).to.be.at.least(LEAST_TARGET);
        }
        await window.screenshot('rows narrow');
    });
});
