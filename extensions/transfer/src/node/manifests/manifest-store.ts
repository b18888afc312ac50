import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { ILogger } from '@theia/core/lib/common/logger';
import { inject, injectable } from '@theia/core/shared/inversify';
import * as fs from 'node:fs';
import * as path from 'node:path';
import * as readline from 'node:readline';
import { laterOf, parseManifestLine, type ManifestEntry } from '../../common/manifest';

const LIST = /-manifest\.jsonl(\.inprogress)?$/;
/** Ids are made here; whatever else asks for a folder gets none. */
const JOB_ID = /^[\w-]{1,64}$/;

/** A folder for each job, in which the transfer programs write what becomes of each file. It goes with the job. */
@injectable()
export class ManifestStore {
    @inject(ConnectHome) protected readonly home: ConnectHome;
    @inject(ILogger) protected readonly logger: ILogger;

    /**
     * The folder for the next run, which is there by then; undefined where it cannot be made: a transfer goes without.
     * @param fromStart what earlier runs did means nothing any more
     */
    prepare(jobId: string, fromStart: boolean): string | undefined {
        try {
            if (fromStart) {
                fs.rmSync(this.folder(jobId), { recursive: true, force: true });
            }
            return this.home.ensure(this.folder(jobId));
        } catch (error) {
            void this.logger.warn(`No list of the files will be kept: ${(error as Error).message}`);
            return undefined;
        }
    }

    /** The job is gone. */
    async forget(jobId: string): Promise<void> {
        await this.remove(jobId);
    }

    /** Removes what belongs to no job any more. */
    async keepOnly(jobIds: ReadonlySet<string>): Promise<void> {
        const there = await fs.promises.readdir(this.root).catch((error: NodeJS.ErrnoException) => {
            if (error.code !== 'ENOENT') {
                void this.logger.warn(`Lists of files cannot be read: ${error.message}`);
            }
            return [];
        });
        for (const name of there.filter(each => !jobIds.has(each))) {
            await this.remove(name);
        }
    }

    /** What all runs of the job together say, each file once; empty when nothing is known. */
    async entries(jobId: string): Promise<ManifestEntry[]> {
        const byPath = new Map<string, ManifestEntry>();
        for (const file of await this.lists(jobId)) {
            for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
                const entry = parseManifestLine(line);
                if (entry) {
                    byPath.set(entry.path, laterOf(byPath.get(entry.path), entry));
                }
            }
        }
        return [...byPath.values()];
    }

    /** Oldest first. */
    private async lists(jobId: string): Promise<string[]> {
        const folder = this.folder(jobId);
        if (!fs.existsSync(folder)) {
            return [];
        }
        const names = (await fs.promises.readdir(folder)).filter(name => LIST.test(name));
        const files = await Promise.all(
            names.map(async name => {
                const file = path.join(folder, name);
                const { mtimeMs } = await fs.promises.stat(file);
                return { file, mtimeMs };
            })
        );
        return files.sort((a, b) => a.mtimeMs - b.mtimeMs).map(({ file }) => file);
    }

    private async remove(jobId: string): Promise<void> {
        try {
            await fs.promises.rm(this.folder(jobId), { recursive: true, force: true });
        } catch (error) {
            // the next start removes it: no job refers to it any more
            void this.logger.warn(`A list of files could not be removed: ${(error as Error).message}`);
        }
    }

    private get root(): string {
        return path.join(this.home.root, 'manifests');
    }

    private folder(jobId: string): string {
        return path.join(this.root, JOB_ID.test(jobId) ? jobId : '-');
    }
}
