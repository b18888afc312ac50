import { ConnectError, systemClock, type LogLevel } from '@connect/base';
import type { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { CSV_HEADER, manifestText, type ManifestEntry, type ManifestFormat } from '../../common/manifest';
import type {
    ManifestClient,
    ManifestService,
    VerifyProgress,
    VerifyReport
} from '../../common/manifest-protocol';
import { Paced } from '../../common/paced';
import { localPathOf } from '../../common/source-uris';
import type { Job } from '../../common/transfer-protocol';
import { destinationReader } from './destination-reader';
import type { ManifestStore } from './manifest-store';
import { verifyAgain } from './verification';

const PROGRESS_MS = 250;
/** A chunk of a saved list. */
const LINES_AT_ONCE = 1_000;

/** What the manifests of a window stand on. */
export interface ManifestWindowParts {
    readonly store: ManifestStore;
    readonly accounts: AccountSessions;
    /** Rejects with `transfer.job-unknown`. */
    job(id: string): Promise<Job>;
    log(level: LogLevel, text: string, jobId: string): void;
}

/** The manifests for one window. */
export class ManifestWindow implements ManifestService {
    private readonly verifying = new Set<string>();
    private isDisposed = false;

    constructor(
        private readonly parts: ManifestWindowParts,
        private readonly client: ManifestClient
    ) {}

    /** The client is given once and for all to the constructor. */
    setClient(): void {}

    async save(jobId: string, target: string): Promise<number> {
        const entries = await this.entries(jobId);
        const path = localPathOf(target, process.platform === 'win32');
        if (path === undefined) {
            throw new ConnectError('usage', 'A list of files is saved on this computer');
        }
        try {
            await write(path, entries, path.endsWith('.jsonl') ? 'jsonl' : 'csv');
        } catch (error) {
            throw new ConnectError('files.failed', (error as Error).message, {}, error);
        }
        return entries.length;
    }

    async verify(jobId: string): Promise<VerifyReport> {
        const { parts, client, verifying } = this;
        const job = await parts.job(jobId);
        const entries = await this.entries(jobId);
        let latest: VerifyProgress | undefined;
        const paced = new Paced(
            systemClock,
            PROGRESS_MS,
            () => latest && client.onVerifyProgress(jobId, latest)
        );
        verifying.add(jobId);
        try {
            const report = await verifyAgain(entries, {
                open: await destinationReader(job, parts.accounts),
                isCancelled: () => this.isDisposed || !verifying.has(jobId),
                onProgress: progress => {
                    latest = progress;
                    paced.request();
                },
                onDifference: ({ path, message }) =>
                    parts.log('warn', `verified again: ${path}: ${message}`, jobId)
            });
            const { same, unknown, differing } = report;
            const facts = `${same} files are the same, ${unknown} have no hash, ${differing} differ`;
            parts.log(differing > 0 ? 'warn' : 'info', `verified again: ${facts}`, jobId);
            return report;
        } finally {
            paced.dispose();
            verifying.delete(jobId);
        }
    }

    async cancelVerify(jobId: string): Promise<void> {
        this.verifying.delete(jobId);
    }

    dispose(): void {
        this.isDisposed = true;
    }

    private async entries(jobId: string): Promise<ManifestEntry[]> {
        const { id } = await this.parts.job(jobId);
        const entries = await this.parts.store.entries(id);
        if (entries.length === 0) {
            throw new ConnectError('files.not-found', 'No list of the files of this transfer was kept');
        }
        return entries;
    }
}

/** As a whole or not at all. */
async function write(path: string, entries: readonly ManifestEntry[], format: ManifestFormat): Promise<void> {
    const temporary = `${path}.${randomUUID()}.new`;
    const file = await fs.promises.open(temporary, 'wx');
    try {
        await file.write(format === 'csv' ? CSV_HEADER : '');
        for (let at = 0; at < entries.length; at += LINES_AT_ONCE) {
            const lines = entries.slice(at, at + LINES_AT_ONCE).map(entry => manifestText(entry, format));
            await file.write(lines.join(''));
        }
        await file.sync();
        await file.close();
        await fs.promises.rename(temporary, path);
    } catch (error) {
        await file.close();
        await fs.promises.rm(temporary, { force: true });
        throw error;
    }
}
