import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, BrowserContext, chromium, Locator, Page } from 'playwright-core';
import { pressInPalette, untilPaletteIsGone } from './command-palette';
import { REPOSITORY } from './processes';

const ARTIFACTS = join(REPOSITORY, 'test', 'artifacts');
const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const CHROMIUM_ARGS = [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-dev-shm-usage',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync'
];
const LOADED_MS = 60_000;

/** One person's browser: a real Chromium with cookies of its own. */
export class BrowserWindow {
    private constructor(
        private readonly browser: Browser,
        readonly context: BrowserContext,
        private readonly folder: string
    ) {}

    /** @param prefix put before the command of the browser, e.g. `ip netns exec NAME` */
    static async launch(prefix: readonly string[] = []): Promise<BrowserWindow> {
        const program = CHROMIUM.find(path => fs.existsSync(path));
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-browser-'));
        const executablePath = join(folder, 'browser');
        fs.writeFileSync(executablePath, `#!/bin/sh\nexec ${[...prefix, program].join(' ')} "$@"\n`, {
            mode: 0o700
        });
        const browser = await chromium.launch({ executablePath, args: CHROMIUM_ARGS });
        const permissions = ['clipboard-read', 'clipboard-write'];
        const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, permissions });
        return new BrowserWindow(browser, context, folder);
    }

    /** Opens the workbench at `url` and waits until it can be worked with. */
    async open(url: string): Promise<WorkbenchPage> {
        const page = await this.context.newPage();
        await page.goto(url);
        await page.locator('.theia-ApplicationShell').waitFor({ timeout: LOADED_MS });
        await page.locator('.theia-preload').waitFor({ state: 'detached', timeout: LOADED_MS });
        return new WorkbenchPage(page);
    }

    async close(): Promise<void> {
        await this.browser.close();
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}

/** A file on the person's desktop: `sizeBytes` times the byte `fill`. */
export interface DesktopFile {
    readonly name: string;
    readonly sizeBytes: number;
    readonly fill: number;
    readonly modifiedMs: number;
}

/** What a person sees and does in the workbench. */
export class WorkbenchPage {
    constructor(readonly page: Page) {}

    /** A row of the explorer of local files. */
    local(name: string): Locator {
        return this.page.locator('#files .theia-TreeNode').filter({ hasText: exactly(name) });
    }

    /** A row of the Remote view: an account or a file. */
    remote(name: string): Locator {
        return this.page
            .locator('[id="connect.remote.accounts"] .theia-TreeNode')
            .filter({ has: this.page.locator('.theia-TreeNodeSegment', { hasText: exactly(name) }) });
    }

    /** A row of the list of transfers. */
    transfer(name: string, direction: 'Upload' | 'Download'): Locator {
        return this.page
            .locator('.connect-transfer-row')
            .filter({ has: this.page.locator('.connect-transfer-name', { hasText: exactly(name) }) })
            .filter({ has: this.page.getByRole('img', { name: direction }) });
    }

    /** Waits until the row of a transfer says so. */
    async untilTransfer(
        name: string,
        direction: 'Upload' | 'Download',
        state: string,
        timeout = 120_000
    ): Promise<void> {
        await this.transfer(name, direction)
            .locator('.connect-transfer-state', { hasText: state })
            .waitFor({ timeout });
    }

    /** The monitor of a transfer. */
    monitor(name: string): Locator {
        return this.page
            .locator('.connect-monitor')
            .filter({ has: this.page.locator('h2', { hasText: name }) });
    }

    /** Opens a folder or an account of the Remote view and waits for what is in it. */
    async expandRemote(name: string, expectedChild: string): Promise<void> {
        const row = this.remote(name);
        await row.waitFor();
        if ((await row.getAttribute('aria-expanded')) !== 'true') {
            await row.click();
        }
        await this.remote(expectedChild).first().waitFor();
    }

    /**
     * Drags with the mouse, as a hand does. The views take no pointer events for a moment after the pointer came in,
     * so the button goes down only when the row is really under it.
     */
    async drag(source: Locator, target: Locator): Promise<void> {
        const { mouse } = this.page;
        const from = await middleOf(source);
        await mouse.move(from.x, from.y);
        await source.evaluate(
            (row, { x, y }) =>
                new Promise<void>(hit => {
                    const look = (): void =>
                        row.contains(document.elementFromPoint(x, y))
                            ? hit()
                            : void requestAnimationFrame(look);
                    look();
                }),
            from
        );
        await mouse.down();
        await mouse.move(from.x + 20, from.y + 5, { steps: 4 });
        const to = await middleOf(target);
        await mouse.move(to.x, to.y, { steps: 12 });
        await mouse.move(to.x + 2, to.y + 1);
        await mouse.up();
    }

    /** Drops files on a row as if they came from the person's own desktop. */
    async dropFromDesktop(target: Locator, files: readonly DesktopFile[]): Promise<void> {
        const dataTransfer = await this.page.evaluateHandle(given => {
            const transfer = new DataTransfer();
            for (const { name, sizeBytes, fill, modifiedMs } of given) {
                const content = new Uint8Array(sizeBytes).fill(fill);
                transfer.items.add(new File([content], name, { lastModified: modifiedMs }));
            }
            return transfer;
        }, files);
        for (const type of ['dragenter', 'dragover', 'drop']) {
            await target.dispatchEvent(type, { dataTransfer });
        }
    }

    /** Runs a command by its title from the palette, which is gone then. */
    async runCommand(title: string): Promise<void> {
        await pressInPalette(this.page, title);
        await untilPaletteIsGone(this.page, title);
    }

    /** Goes to the list of transfers by its command: keys are the list's from now on. */
    async showTransfers(): Promise<void> {
        await this.runCommand('Activity: Show Transfers');
        await this.page.locator('.connect-transfer-list:focus').waitFor();
    }

    /**
     * Changes the colours by the title of a theme, and waits until they are there. The page error “reading 'id'” that
     * this leaves is Theia's own: its list of themes previews the first row that is active, and while a filter is typed
     * there is none for a moment (`onDidChangeActive` of its `selectColorTheme`).
     */
    async chooseTheme(title: string): Promise<void> {
        await this.runCommand('Preferences: Color Theme');
        const input = this.page.locator('.quick-input-widget input[type=text]');
        await this.page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first().waitFor();
        await input.fill(title);
        await this.chooseFirst(title);
        // colours move over in a moment
        await this.page.waitForFunction(async () => {
            await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)));
            return !document.getAnimations().some(each => each instanceof CSSTransition);
        });
    }

    /** Presses Enter in a list above the workbench once the entry of this name is marked, and waits till it is gone. */
    async chooseFirst(name: string): Promise<void> {
        const list = this.page.locator('.quick-input-list');
        await list.locator('.monaco-list-row.focused', { hasText: name }).waitFor();
        await this.page.keyboard.press('Enter');
        await this.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
    }

    /** Keeps what the page shows when the test that ended failed; for `afterEach`. */
    async screenshotOf(test: { readonly title: string; readonly state?: string } | undefined): Promise<void> {
        if (test?.state === 'failed') {
            await this.screenshot(`failed ${test.title.replace(/[^\w ]/g, '').slice(0, 60)}`);
        }
    }

    /** Keeps what the page shows as `test/artifacts/NAME.png`. */
    async screenshot(name: string): Promise<void> {
        fs.mkdirSync(ARTIFACTS, { recursive: true });
        await this.page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
    }
}

function exactly(text: string): RegExp {
    return new RegExp(`^\\s*${text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}\\s*$`);
}

async function middleOf(locator: Locator): Promise<{ x: number; y: number }> {
    await locator.scrollIntoViewIfNeeded();
    const box = (await locator.boundingBox())!;
    return { x: box.x + Math.min(80, box.width / 2), y: box.y + box.height / 2 };
}
