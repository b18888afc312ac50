import { ConnectError, fsPath } from '@connect/base';
import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import type { AccountSessions } from '@connect/security/lib/node/account-sessions';
import * as fs from 'node:fs';
import { sidesOf } from '../common/existing-answers';
import { localPathOf } from '../common/source-uris';
import type { Conflict, ConflictSide, Job } from '../common/transfer-protocol';

const WINDOWS = process.platform === 'win32';

/**
 * Looks at both sides of a file of a job, as they are now.
 * @param path below the job's target
 * @throws ConnectError `usage` when the path is not one of the job's
 */
export async function conflictSides(
    accounts: AccountSessions,
    job: Pick<Job, 'sources' | 'target'>,
    path: string
): Promise<Conflict> {
    const sides = sidesOf(job, path);
    if (!sides) {
        throw new ConnectError('usage', `${path} is not a file of this transfer`);
    }
    const [source, target] = await Promise.all([look(accounts, sides.source), look(accounts, sides.target)]);
    return { source, target };
}

async function look(accounts: AccountSessions, uri: string): Promise<ConflictSide> {
    try {
        const { sizeBytes, modifiedMs } = await (parseRemoteUri(uri)
            ? remoteFacts(accounts, uri)
            : localFacts(uri));
        return { uri, sizeBytes, modifiedMs };
    } catch (error) {
        return { uri, problem: ConnectError.from(error).message };
    }
}

async function remoteFacts(accounts: AccountSessions, uri: string): Promise<Facts> {
    const { accountId, path } = parseRemoteUri(uri)!;
    const { files } = await accounts.session(accountId);
    if (!files) {
        throw new ConnectError('not-supported', 'Files of this account cannot be looked at');
    }
    return files.stat(path);
}

async function localFacts(uri: string): Promise<Facts> {
    const stat = await fs.promises.lstat(fsPath(localPathOf(uri, WINDOWS) ?? ''));
    return { sizeBytes: stat.size, modifiedMs: stat.mtimeMs };
}

interface Facts {
    readonly sizeBytes: number;
    readonly modifiedMs: number;
}
