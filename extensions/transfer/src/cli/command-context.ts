import type { AccountSecrets } from '@connect/api';
import { ConnectError, formatCount } from '@connect/base';
import { connectHomePath } from '@connect/security/lib/node/connect-home-path';
import { jobJson, type JobJson } from './job-json';
import type { Job, JobSnapshot } from '../common/transfer-protocol';
import { BackendClient } from '../node/command/backend-client';
import { commandPaths } from '../node/command/command-paths';
import { openOrStart } from './backend-start';
import type { Output } from './output';
import type { Prompt } from './prompt';

const WINDOWS = process.platform === 'win32';
/** Shorter ones might be typed by chance. */
const MIN_ID_CHARS = 4;
/** A backend may give way to another one this often while a call is under way. */
const MAX_LOST = 3;

/** What a context is made of. */
export interface ContextParts {
    readonly output: Output;
    readonly prompt: Prompt;
    /** Free of secrets: a backend that is started inherits it. */
    readonly environment: NodeJS.ProcessEnv;
    /** The script of this process, with which a backend is started. */
    readonly script: string;
    readonly secrets: AccountSecrets;
}

/** What every command works with. */
export class CommandContext {
    private opened: BackendClient | undefined;

    readonly output: Output;
    readonly prompt: Prompt;
    /** What was in variables of the environment. */
    readonly secrets: AccountSecrets;

    constructor(private readonly parts: ContextParts) {
        this.output = parts.output;
        this.prompt = parts.prompt;
        this.secrets = parts.secrets;
    }

    get home(): string {
        return connectHomePath(this.parts.environment);
    }

    /** The connection to the backend, which is started when there is none. */
    async client(): Promise<BackendClient> {
        const { script, environment } = this.parts;
        this.opened ??= await reached(openOrStart({ home: this.home, script, environment }));
        return this.opened;
    }

    /** The backend that runs, if one does. */
    async running(): Promise<BackendClient | undefined> {
        this.opened ??= await reached(BackendClient.open(commandPaths(this.home)));
        return this.opened;
    }

    /**
     * Calls the backend; where it gives way to another one meanwhile, as when a window opens, that is called. The work
     * must be such that doing it twice is harmless.
     */
    async call<T>(work: (client: BackendClient) => Promise<T>): Promise<T> {
        for (let lost = 0; ; lost++) {
            const client = await this.client();
            try {
                return await work(client);
            } catch (error) {
                if (!ConnectError.is(error, 'transfer.backend-missing') || lost === MAX_LOST) {
                    throw error;
                }
                this.close();
            }
        }
    }

    /** Ends the connection; the next call opens another one. */
    close(): void {
        this.opened?.dispose();
        this.opened = undefined;
    }

    snapshot(): Promise<JobSnapshot> {
        return this.call(client => client.transfers.snapshot());
    }

    /**
     * Jobs by id or by the beginning of one, of four characters or more.
     * Rejects with `transfer.job-unknown`, `usage` when a beginning fits several.
     */
    async jobs(ids: readonly string[]): Promise<Job[]> {
        const { jobs } = await this.snapshot();
        return ids.map(id => findJob(jobs, id));
    }

    json(job: Job): JobJson {
        return jobJson(job, WINDOWS);
    }
}

/** Whatever keeps a command from the backend is one kind of failure. */
async function reached<T>(opening: Promise<T>): Promise<T> {
    try {
        return await opening;
    } catch (error) {
        const { message, data } = ConnectError.from(error);
        throw new ConnectError('transfer.backend-missing', message, data, error);
    }
}

/** By id, or by the beginning of one. @throws ConnectError `transfer.job-unknown`, `usage` when it fits several */
export function findJob(jobs: readonly Job[], id: string): Job {
    const wanted = id.toLowerCase();
    const exact = jobs.find(job => job.id === wanted);
    const found = exact
        ? [exact]
        : jobs.filter(job => wanted.length >= MIN_ID_CHARS && job.id.startsWith(wanted));
    if (found.length > 1) {
        throw new ConnectError(
            'usage',
            `The ids of ${formatCount(found.length)} transfers begin with “${id}”: give more of it`
        );
    }
    if (found.length === 0) {
        throw new ConnectError('transfer.job-unknown', `There is no transfer “${id}”`, { id });
    }
    return found[0];
}
