import type { TransferDirection } from '@connect/api';
import { ConnectError, fsPath } from '@connect/base';
import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { JobRecord } from '../common/job-record';
import { baseNameOf, localPathOf } from '../common/source-uris';
import type { SubmitRequest } from '../common/transfer-protocol';

/** A request that makes sense: which way, whose account, and no source twice. */
export interface Submission {
    readonly direction: TransferDirection;
    readonly accountId: string;
    readonly sources: readonly string[];
    readonly target: string;
}

/** Both ends of a job as an engine names them. */
export interface JobPaths {
    readonly sources: readonly string[];
    readonly destination: string;
}

const WINDOWS = process.platform === 'win32';

/**
 * Checks what a window asks for, without looking at any file.
 * @throws ConnectError `usage` with a sentence that says what does not fit
 */
export function parseSubmission(request: SubmitRequest): Submission {
    const sources = withoutNested([...new Set(request.sources)]);
    if (sources.length === 0) {
        throw new ConnectError('usage', 'There is nothing to transfer');
    }
    const target = parseRemoteUri(request.target);
    const submission = target
        ? sending(sources, request.target, target.accountId)
        : receiving(sources, request.target);
    const names = sources.map(baseNameOf);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) {
        throw new ConnectError(
            'usage',
            `Two of the sources are named "${twice}": transfer them one after the other`
        );
    }
    return submission;
}

/** Paths behind the URIs of a job. */
export function jobPaths(
    job: Submission | { direction: TransferDirection; sources: readonly string[]; target: string }
): JobPaths {
    const local = (uri: string): string => localPathOf(uri, WINDOWS) ?? '';
    const remote = (uri: string): string => parseRemoteUri(uri)?.path ?? '';
    return job.direction === 'send'
        ? { sources: job.sources.map(local), destination: remote(job.target) }
        : { sources: job.sources.map(remote), destination: local(job.target) };
}

/**
 * Looks at this computer's side: sources must be there, a target that is there must be a folder.
 * Rejects with `transfer.source-missing`, `transfer.not-a-directory`.
 */
export async function checkLocalSide(submission: Submission): Promise<void> {
    const { sources, destination } = jobPaths(submission);
    if (submission.direction === 'send') {
        for (const source of sources) {
            if (!(await lstatOrNothing(source))) {
                throw new ConnectError('transfer.source-missing', `There is no ${source}`, { path: source });
            }
        }
        return;
    }
    const there = await lstatOrNothing(destination);
    const isFolder = there?.isSymbolicLink()
        ? (await fs.promises.stat(fsPath(destination))).isDirectory()
        : there?.isDirectory();
    if (there && !isFolder) {
        throw new ConnectError('transfer.not-a-directory', `${destination} is not a folder`, {
            path: destination
        });
    }
}

function sending(sources: readonly string[], target: string, accountId: string): Submission {
    if (!sources.every(uri => isAbsoluteLocal(uri))) {
        throw new ConnectError('usage', 'Only files of this computer can be sent to an account');
    }
    return { direction: 'send', accountId, sources, target };
}

function receiving(sources: readonly string[], target: string): Submission {
    const accounts = new Set(sources.map(uri => parseRemoteUri(uri)?.accountId));
    const [accountId] = accounts;
    if (accounts.size !== 1 || accountId === undefined || !isAbsoluteLocal(target)) {
        throw new ConnectError(
            'usage',
            'Files of one account can be received into a folder of this computer'
        );
    }
    return { direction: 'receive', accountId, sources, target };
}

function isAbsoluteLocal(uri: string): boolean {
    const local = localPathOf(uri, WINDOWS);
    return local !== undefined && path.isAbsolute(local) && !local.includes('\0');
}

/** A folder brings what is in it: a source below another one would come twice. */
function withoutNested(uris: readonly string[]): string[] {
    const folders = new Set(uris.map(uri => uri.replace(/\/+$/, '')));
    return uris.filter(uri => {
        const parts = uri.replace(/\/+$/, '').split('/');
        return !parts.some(
            (_, length) =>
                length > 2 && length < parts.length && folders.has(parts.slice(0, length).join('/'))
        );
    });
}

async function lstatOrNothing(local: string): Promise<fs.Stats | undefined> {
    try {
        return await fs.promises.lstat(fsPath(local));
    } catch (error) {
        const errno = (error as NodeJS.ErrnoException).code;
        if (errno === 'ENOENT' || errno === 'ENOTDIR') {
            return undefined;
        }
        throw new ConnectError(
            'transfer.permission-denied',
            (error as Error).message,
            { path: local },
            error
        );
    }
}

/** For the log. */
export function submissionLine({ name, direction, target, automatic }: JobRecord): string {
    const kind = `${automatic ? 'automatic ' : ''}${direction === 'send' ? 'upload' : 'download'}`;
    return `${kind} of ${name} to ${target}`;
}
