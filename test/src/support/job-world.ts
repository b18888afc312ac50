import type { Account } from '@connect/security/lib/common/account-protocol';
import type { Job, JobSnapshot, SubmitRequest } from '@connect/transfer/lib/common/transfer-protocol';
import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BrowserWindow, type WorkbenchPage } from './browser-window';
import { NamespacePair } from './network-namespaces';
import { callPage } from './page-services';
import { PASSWORD, TransferBench } from './transfer-bench';
import { BareWorkbench, type Settings } from './workbench';

/** The main server runs as this user, so that permissions of files mean something. */
const NOBODY = 65_534;
const POLL_MS = 100;

/** The usual server, one whose host key nobody has confirmed, and one that is down at first. */
export type ServerName = 'main' | 'stranger' | 'down';

/** A row of the list of transfers, as the page shows it. */
export interface ShownRow {
    readonly jobId: string;
    readonly name: string;
    readonly state: string;
}

/**
 * The real app in a browser, and real servers on another host, joined by a cable at which bytes are counted. Jobs are
 * made by the services of the page. Needs root. Everything is removed by {@link dispose}.
 */
export class JobWorld {
    private readonly pair = new NamespacePair();
    private readonly accounts = new Map<string, string>([['main', 'demo']]);
    private readonly servers = new Map<ServerName, TransferBench>();
    private workbench!: BareWorkbench;
    private browser!: BrowserWindow;
    window!: WorkbenchPage;

    /** Starts servers, backend and browser, and makes an account for each server. */
    async start(settings: Settings): Promise<void> {
        const { serverPrefix, serverAddress: host, clientPrefix } = this.pair;
        for (const name of ['main', 'stranger', 'down'] as const) {
            const options = { host, serverPrefix, ...(name === 'main' ? { serverUid: NOBODY } : {}) };
            this.servers.set(name, await TransferBench.start(options));
        }
        this.workbench = new BareWorkbench(this.server('main'), settings, undefined, clientPrefix);
        [this.outbox, this.inbox].forEach(folder => fs.mkdirSync(folder));
        this.browser = await BrowserWindow.launch(clientPrefix);
        this.window = await this.browser.open(await this.workbench.start());
        await this.trust('down');
        await this.addAccount('down', 'down', PASSWORD);
        await this.addAccount('stranger', 'stranger', PASSWORD);
        await this.server('down').server.end();
    }

    server(name: ServerName): TransferBench {
        return this.servers.get(name)!;
    }

    /** What is sent is here; no view of the page looks into it. */
    get outbox(): string {
        return join(this.workbench.folder, 'outbox');
    }

    /** What is received lands here. */
    get inbox(): string {
        return join(this.workbench.folder, 'inbox');
    }

    /** @param password empty: none is saved */
    async addAccount(name: string, on: ServerName, password: string): Promise<void> {
        const { host, address } = this.server(on);
        const ports = { sshPort: `${address.sshPort}`, udpPort: `${address.udpPort}` };
        const account = await callPage<Account>(this.window.page, 'AccountService', 'add', {
            ...{ name, typeId: 'transfer-server', remember: true },
            settings: { kind: 'connect', host, user: 'ana', ...ports },
            secrets: password === '' ? {} : { password }
        });
        this.accounts.set(name, account.id);
    }

    async trust(name: ServerName): Promise<void> {
        const { host, address } = this.server(name);
        const key = [host, address.sshPort, address.fingerprint];
        await callPage(this.window.page, 'AccountService', 'trustHostKey', ...key);
    }

    async providePassword(account: string): Promise<void> {
        const args = [this.accounts.get(account), { password: PASSWORD }, true];
        await callPage(this.window.page, 'AccountService', 'provideSecrets', ...args);
    }

    /** Calls the service of transfers as the window does. */
    call<Answer = void>(method: string, ...args: unknown[]): Promise<Answer> {
        return callPage<Answer>(this.window.page, 'TransferService', method, ...args);
    }

    /** Sends what has this name in the {@link outbox}. @param folder of the server, begins with a slash */
    async send(name: string, account = 'main', more: Partial<SubmitRequest> = {}, folder = ''): Promise<Job> {
        const sources = [pathToFileURL(join(this.outbox, name)).href];
        const target = `connect://${this.accounts.get(account)}${folder}/`;
        return (await this.call<Job[]>('submit', { sources, target, ...more }))[0];
    }

    /** Gets what has this name on the main server into the {@link inbox}. */
    async receive(name: string, more: Partial<SubmitRequest> = {}): Promise<Job> {
        const sources = [`connect://demo/${encodeURIComponent(name)}`];
        const target = pathToFileURL(this.inbox).href;
        return (await this.call<Job[]>('submit', { sources, target, ...more }))[0];
    }

    async jobs(): Promise<readonly Job[]> {
        return (await this.call<JobSnapshot>('snapshot')).jobs;
    }

    /** All jobs, once they satisfy it together, or as they are when `waitMs` are over. */
    async jobsWhen(isReached: (jobs: readonly Job[]) => boolean, waitMs: number): Promise<readonly Job[]> {
        for (const untilMs = Date.now() + waitMs; ;) {
            const jobs = await this.jobs();
            if (isReached(jobs) || Date.now() > untilMs) {
                return jobs;
            }
            await new Promise(next => setTimeout(next, POLL_MS));
        }
    }

    /**
     * All rows of the list, those that have to be scrolled to as well, once they satisfy it together, or as they are
     * when `waitMs` are over.
     */
    async rowsWhen(isReached: (rows: readonly ShownRow[]) => boolean, waitMs: number): Promise<ShownRow[]> {
        for (const untilMs = Date.now() + waitMs; ;) {
            const rows = await this.window.page.locator('.connect-transfer-list').evaluate(readRows);
            if (isReached(rows) || Date.now() > untilMs) {
                return rows;
            }
        }
    }

    /** `kill -9` of the backend; {@link restart} starts it again. */
    async kill(): Promise<void> {
        this.workbench.backend.kill();
        await this.workbench.backend.finished;
    }

    /** Starts the backend and loads the page anew. */
    async restart(): Promise<void> {
        await this.workbench.start();
        await this.window.page.close();
        this.window = await this.browser.open(this.workbench.address);
        await this.window.page.locator('.connect-transfer-row').first().waitFor();
    }

    /** A server takes connections and says nothing, or goes on. */
    freeze(name: ServerName, isFrozen: boolean): void {
        this.server(name).server.kill(isFrozen ? 'SIGSTOP' : 'SIGCONT');
    }

    /** Gives a folder of the main server, with all in it, to the user that it runs as. */
    handOver(folder: string): void {
        execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, folder]);
    }

    /** Payload bytes that went over the cable in both directions. */
    get bytesOnWire(): number {
        return this.pair.payloadSent('client') + this.pair.payloadSent('server');
    }

    async dispose(): Promise<void> {
        await this.browser?.close();
        await this.workbench?.dispose();
        for (const [name, server] of this.servers) {
            this.freeze(name, false);
            await server.dispose();
        }
        this.pair.dispose();
    }
}

/** Runs in the page: only rows in sight are in the document. */
async function readRows(list: HTMLElement | SVGElement): Promise<ShownRow[]> {
    const found: ShownRow[] = [];
    const ids = new Set<string>();
    const text = (row: Element, part: string): string =>
        row.querySelector(`.connect-transfer-${part}`)?.textContent?.trim() ?? '';
    for (let top = 0; top <= list.scrollHeight; top += Math.max(52, list.clientHeight - 52)) {
        list.scrollTop = top;
        await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(0))));
        for (const row of list.querySelectorAll('.connect-transfer-row')) {
            const jobId = row.getAttribute('data-job-id') ?? '';
            if (!ids.has(jobId)) {
                ids.add(jobId);
                found.push({ jobId, name: text(row, 'name'), state: text(row, 'state-text') });
            }
        }
    }
    return found;
}
