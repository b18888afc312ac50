import { ConnectError, fsPath, type Clock, type Disposable } from '@connect/base';
import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** A batch that nobody adds to and no job needs is given up after this. */
export const STAGING_IDLE_MS = 15 * 60_000;

const BATCH_ID = /^[0-9a-f-]{36}$/;
/** Failures of the disk and what they mean to the user. */
const DISK_ERRORS = {
    ENOSPC: 'transfer.no-space',
    EDQUOT: 'transfer.no-space',
    EROFS: 'transfer.read-only',
    EACCES: 'transfer.permission-denied',
    ENAMETOOLONG: 'transfer.path-too-long',
    EEXIST: 'transfer.exists'
} as const;

/** One file on its way from a browser to the disk. */
export interface StagedFile {
    /** Names from the batch's folder down, as {@link StagingArea} checks them. */
    readonly segments: readonly string[];
    readonly sizeBytes: number;
    /** Epoch ms. */
    readonly modifiedMs: number | undefined;
}

interface Batch {
    claimed: boolean;
    busy: number;
    idle?: Disposable;
}

/**
 * Folders for files that come from the user's desktop through the browser: one folder per batch, below one root that
 * only the owner can read. Content streams to disk at the pace of the disk; a file that does not arrive whole leaves
 * nothing behind. A batch lives until its job is done or removed, or until nobody cares for it any more.
 */
export class StagingArea {
    private readonly batches = new Map<string, Batch>();

    /** @param root made at first use */
    constructor(
        private readonly root: string,
        private readonly clock: Clock
    ) {}

    /** A new, empty batch. */
    async create(): Promise<{ readonly stagingId: string; readonly folder: string }> {
        const stagingId = randomUUID();
        const folder = this.folderOf(stagingId);
        await fs.promises.mkdir(folder, { recursive: true, mode: 0o700 });
        this.batches.set(stagingId, { claimed: false, busy: 0 });
        this.rest(stagingId);
        return { stagingId, folder };
    }

    /**
     * Takes a file. Rejects with `transfer.connection-lost` when it ends early, `transfer.exists` for a second file of
     * that name, `transfer.illegal-name`, `transfer.no-space` and other failures of the disk.
     */
    async receive(stagingId: string, file: StagedFile, content: Readable): Promise<void> {
        const target = this.resolve(stagingId, file.segments);
        await this.whileBusy(stagingId, async () => {
            await fs.promises.mkdir(fsPath(path.dirname(target)), { recursive: true });
            const sink = fs.createWriteStream(fsPath(target), { flags: 'wx' });
            try {
                await pipeline(content, sink);
                await this.seal(target, file, sink.bytesWritten);
            } catch (error) {
                // With `wx` an existing file is another one's: it was never opened here.
                if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
                    await fs.promises.rm(fsPath(target), { force: true });
                }
                throw error;
            }
        });
    }

    /** Makes a folder, empty ones included. */
    async makeFolder(stagingId: string, segments: readonly string[]): Promise<void> {
        const target = this.resolve(stagingId, segments);
        await this.whileBusy(stagingId, async () => {
            await fs.promises.mkdir(fsPath(target), { recursive: true });
        });
    }

    /** A job needs this batch from now on. @throws ConnectError `usage` when there is no such batch. */
    claim(stagingId: string): string {
        const batch = this.batch(stagingId);
        batch.claimed = true;
        batch.idle?.dispose();
        return this.folderOf(stagingId);
    }

    /** Removes the batch with everything in it; one that is gone already is no error. */
    async remove(stagingId: string): Promise<void> {
        const folder = this.folderOf(stagingId);
        this.batches.get(stagingId)?.idle?.dispose();
        this.batches.delete(stagingId);
        await fs.promises.rm(folder, { recursive: true, force: true });
    }

    /** After a restart: batches without a job lost their uploader, and go; the others belong to their jobs. */
    async keepOnly(stagingIds: ReadonlySet<string>): Promise<void> {
        for (const name of await this.batchesOnDisk()) {
            if (stagingIds.has(name)) {
                this.batches.set(name, { claimed: true, busy: 0 });
            } else if (BATCH_ID.test(name) && !this.batches.has(name)) {
                await this.remove(name);
            }
        }
    }

    dispose(): void {
        this.batches.forEach(batch => batch.idle?.dispose());
    }

    private async batchesOnDisk(): Promise<string[]> {
        try {
            return await fs.promises.readdir(this.root);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
                return [];
            }
            throw error;
        }
    }

    /** The times of the file are part of it: they decide whether a copy is up to date. */
    private async seal(target: string, file: StagedFile, writtenBytes: number): Promise<void> {
        if (writtenBytes !== file.sizeBytes) {
            throw new ConnectError('transfer.connection-lost', 'The upload from the browser ended early', {
                expected: file.sizeBytes,
                received: writtenBytes
            });
        }
        if (file.modifiedMs !== undefined) {
            await fs.promises.utimes(fsPath(target), new Date(file.modifiedMs), new Date(file.modifiedMs));
        }
    }

    private async whileBusy(stagingId: string, work: () => Promise<void>): Promise<void> {
        const batch = this.batch(stagingId);
        batch.idle?.dispose();
        batch.busy += 1;
        try {
            await work();
        } catch (error) {
            throw diskError(error);
        } finally {
            batch.busy -= 1;
            this.rest(stagingId);
        }
    }

    private rest(stagingId: string): void {
        const batch = this.batches.get(stagingId);
        if (batch && !batch.claimed && batch.busy === 0) {
            batch.idle?.dispose();
            batch.idle = this.clock.setTimeout(() => void this.remove(stagingId), STAGING_IDLE_MS);
        }
    }

    private batch(stagingId: string): Batch {
        const batch = this.batches.get(stagingId);
        if (!batch) {
            throw new ConnectError('usage', 'There is no such upload any more', { stagingId });
        }
        return batch;
    }

    private folderOf(stagingId: string): string {
        if (!BATCH_ID.test(stagingId)) {
            throw new ConnectError('usage', 'This is no name of an upload');
        }
        return path.join(this.root, stagingId);
    }

    /** Nothing but this class writes below the root, so checked names alone keep a path inside. */
    private resolve(stagingId: string, segments: readonly string[]): string {
        const bad = segments.find(
            name =>
                name === '' ||
                name === '.' ||
                name === '..' ||
                name.includes('/') ||
                name.includes('\0') ||
                (path.sep === '\\' && /[\\:]/.test(name))
        );
        if (segments.length === 0 || bad !== undefined) {
            throw new ConnectError(
                'transfer.illegal-name',
                `"${bad ?? ''}" cannot be the name of a file here`
            );
        }
        return [this.folderOf(stagingId), ...segments].join(path.sep);
    }
}

function diskError(error: unknown): ConnectError {
    if (error instanceof ConnectError) {
        return error;
    }
    const errno = (error as NodeJS.ErrnoException).code ?? '';
    if (errno === 'ERR_STREAM_PREMATURE_CLOSE' || errno === 'ECONNRESET' || errno === 'ABORT_ERR') {
        return new ConnectError(
            'transfer.connection-lost',
            'The upload from the browser ended early',
            {},
            error
        );
    }
    const code = DISK_ERRORS[errno as keyof typeof DISK_ERRORS] ?? 'transfer.disk-write';
    return new ConnectError(code, (error as Error).message, { errno }, error);
}
