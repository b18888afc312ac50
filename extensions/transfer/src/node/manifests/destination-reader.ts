import type { RemoteReader } from '@connect/api';
import { ConnectError, encodePathBytes } from '@connect/base';
import type { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import { relativePathProblem } from '@connect/transport/lib/proto/placement';
import * as fs from 'node:fs';
import { localPathOf } from '../../common/source-uris';
import type { Job } from '../../common/transfer-protocol';

const WINDOWS = process.platform === 'win32';

/** Opens files of a job where it put them, by their paths below the destination. */
export async function destinationReader(
    job: Job,
    accounts: AccountSessions
): Promise<(path: string) => Promise<RemoteReader>> {
    const open = job.direction === 'receive' ? localReader(job) : await remoteReader(job, accounts);
    return path => {
        const problem = relativePathProblem(path);
        return problem ? Promise.reject(problem) : open(path);
    };
}

async function remoteReader(
    job: Job,
    accounts: AccountSessions
): Promise<(path: string) => Promise<RemoteReader>> {
    const { files } = await accounts.session(job.accountId);
    const folder = parseRemoteUri(job.target)?.path.replace(/\/$/, '') ?? '';
    if (!files?.openRead) {
        throw new ConnectError('not-supported', 'Files of this account can only be read as a whole');
    }
    return path => files.openRead!(`${folder}/${path}`);
}

function localReader(job: Job): (path: string) => Promise<RemoteReader> {
    const folder = localPathOf(job.target, WINDOWS) ?? '';
    return async path => {
        const place = WINDOWS
            ? `${folder}\\${path.replace(/\//g, '\\')}`
            : encodePathBytes(`${folder}/${path}`);
        try {
            const file = await fs.promises.open(place, 'r');
            return reading(file, (await file.stat()).size);
        } catch (error) {
            throw fileError(error);
        }
    };
}

function reading(file: fs.promises.FileHandle, sizeBytes: number): RemoteReader {
    return {
        sizeBytes,
        read: async (position, length) => {
            const bytes = Buffer.alloc(length);
            let done = 0;
            while (done < length) {
                const { bytesRead } = await file.read(bytes, done, length - done, position + done);
                if (bytesRead === 0) {
                    break;
                }
                done += bytesRead;
            }
            return bytes.subarray(0, done);
        },
        close: () => file.close()
    };
}

function fileError(thrown: unknown): ConnectError {
    const { code, message } = thrown as NodeJS.ErrnoException;
    const known = code === 'ENOENT' || code === 'ENOTDIR' ? 'files.not-found' : 'files.failed';
    return new ConnectError(known, message, {}, thrown);
}
