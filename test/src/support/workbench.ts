import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Browser, BrowserContext, chromium, Page } from 'playwright-core';
import { REPOSITORY, RunningProgram, runNode } from './processes';

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

/** Values for the user's settings file, by preference name. */
export type Settings = Record<string, unknown>;

/**
 * The workbench as `npm start` starts it, in a home and a workspace of its own, and a real browser before it.
 * Everything is below one temporary folder, removed by {@link dispose}.
 */
export class Workbench {
    readonly folder = fs.mkdtempSync(join(tmpdir(), 'connect-workbench-'));
    readonly home = join(this.folder, 'home');
    readonly workspace = join(this.folder, 'workspace');
    /** The folder that the demo account shows as its root. */
    readonly remoteRoot = join(this.home, 'demo', 'root');
    program!: RunningProgram;
    loginUrl!: string;
    private browser?: Browser;
    private context?: BrowserContext;

    constructor(settings: Settings = {}) {
        fs.mkdirSync(this.home, { recursive: true });
        fs.mkdirSync(this.workspace);
        fs.writeFileSync(join(this.home, 'settings.json'), JSON.stringify(settings));
    }

    /** Starts the app; again after {@link RunningProgram.end} it finds what it left. */
    async start(): Promise<void> {
        const env = {
            ...process.env,
            CONNECT_HOME: this.home,
            CONNECT_WORKSPACE: this.workspace,
            CONNECT_PORT: '0',
            CONNECT_SSH_PORT: '0',
            CONNECT_UDP_PORT: '0'
        };
        this.program = runNode(join(REPOSITORY, 'scripts', 'start.mjs'), [], { env, cwd: REPOSITORY });
        [this.loginUrl] = await this.program.untilOutput(/http:\/\/127\.0\.0\.1:\d+\/\S*/);
    }

    /** A page that is logged in and shows the shell. Later pages of the same browser need no login. */
    async open(): Promise<Page> {
        this.browser ??= await chromium.launch({
            executablePath: CHROMIUM.find(path => fs.existsSync(path)),
            args: CHROMIUM_ARGS
        });
        const isFirst = this.context === undefined;
        this.context ??= await this.browser.newContext({ viewport: { width: 1400, height: 900 } });
        const page = await this.context.newPage();
        await page.goto(isFirst ? this.loginUrl : new URL('/', this.loginUrl).href);
        await page.locator('.theia-ApplicationShell').waitFor({ timeout: 60_000 });
        await page.locator('.theia-preload').waitFor({ state: 'detached', timeout: 60_000 });
        return page;
    }

    /** A browser without any cookie. */
    async stranger(): Promise<BrowserContext> {
        return this.browser!.newContext();
    }

    /** Keeps what the page shows as `test/artifacts/NAME.png`. */
    async screenshot(page: Page, name: string): Promise<void> {
        fs.mkdirSync(ARTIFACTS, { recursive: true });
        await page.screenshot({ path: join(ARTIFACTS, `${name}.png`) });
    }

    async dispose(): Promise<void> {
        await this.browser?.close();
        await this.program?.end();
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}
