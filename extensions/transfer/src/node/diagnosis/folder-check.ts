import { ConnectError, formatSize, fsPath } from '@connect/base';
import type { SftpAttributes, SftpClient } from '@connect/transport/lib/node/sftp-client';
import { randomBytes } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { measureDisk } from '../measure-disk';
import type { StepFindings } from './test-steps';
import type { TestedFolder } from './test-target';

/** A folder of which it is known what is to be tried. */
interface ResolvedFolder extends TestedFolder {
    readonly access: 'read' | 'write';
}

/** What was found at the folders of a test. */
export interface FolderFindings {
    readonly permission: StepFindings;
    readonly disk: StepFindings;
}

/**
 * Looks whether a transfer may read or write at its ends, and at the room there. @param sftp where a folder is remote
 * @throws ConnectError `transfer.permission-denied`, `transfer.source-missing`, `transfer.not-a-directory`, and those of SFTP
 */
export async function checkFolders(
    folders: readonly TestedFolder[],
    sftp: SftpClient | undefined
): Promise<FolderFindings> {
    const said: string[] = [];
    const room: Array<{ readonly folder: TestedFolder; readonly freeBytes: number | undefined }> = [];
    for (const asked of folders) {
        const access = asked.access === 'granted' ? grantedTo(sftp) : asked.access;
        const folder: ResolvedFolder = { ...asked, access };
        said.push(...(folder.side === 'local' ? await checkLocal(folder) : await checkRemote(folder, sftp!)));
        if (folder.access === 'write') {
            room.push({
                folder,
                freeBytes:
                    folder.side === 'local'
                        ? (await measureDisk(folder.path)).freeBytes
                        : await remoteRoom(sftp!, folder.path)
            });
        }
    }
    return { permission: { evidence: said }, disk: diskFindings(room) };
}

function diskFindings(
    room: ReadonlyArray<{ readonly folder: TestedFolder; readonly freeBytes: number | undefined }>
): StepFindings {
    const [target] = room;
    if (!target || target.freeBytes === undefined) {
        const evidence = [
            target ? 'Not tested: the server does not tell its free space' : 'Not tested: nothing is written'
        ];
        return { state: 'not-tested', evidence };
    }
    const { folder, freeBytes } = target;
    const { neededBytes } = folder;
    const text = `${formatSize(freeBytes)} free at ${folder.path}`;
    const needed = neededBytes === undefined ? [] : [`${formatSize(neededBytes)} are still to come`];
    if (freeBytes === 0 || (neededBytes !== undefined && neededBytes > freeBytes)) {
        const error = new ConnectError('transfer.no-space', `Too little room: ${text}`).toWire();
        return { state: 'failed', evidence: [text, ...needed], error };
    }
    return { evidence: [text, ...needed] };
}

async function checkLocal({ path: place, access }: ResolvedFolder): Promise<string[]> {
    const where = access === 'write' ? await nearestThere(place) : place;
    const mode = access === 'write' ? fs.constants.W_OK : fs.constants.R_OK;
    try {
        await fs.promises.access(fsPath(where), mode);
    } catch (error) {
        const isMissing = (error as NodeJS.ErrnoException).code === 'ENOENT';
        throw new ConnectError(
            isMissing ? 'transfer.source-missing' : 'transfer.permission-denied',
            isMissing
                ? `There is no ${place} on this computer`
                : `No ${access} access to ${where} on this computer`,
            { path: place },
            error
        );
    }
    return [`${place} on this computer can be ${access === 'write' ? 'written' : 'read'}`];
}

async function nearestThere(place: string): Promise<string> {
    const above = path.dirname(place);
    return fs.existsSync(fsPath(place)) || above === place ? place : nearestThere(above);
}

async function checkRemote({ path: place, access }: ResolvedFolder, sftp: SftpClient): Promise<string[]> {
    const { upload, download } = sftp.permissions;
    if (access === 'write' ? !upload : !download) {
        const right = access === 'write' ? 'upload' : 'download';
        throw new ConnectError(
            'transfer.direction-forbidden',
            `The server does not grant this user ${right}`
        );
    }
    const found = await statNearest(sftp, place, access);
    if (access === 'read') {
        await readSomething(sftp, place, found.attributes);
        return [`${place} on the server can be read`];
    }
    if (found.attributes.kind !== 'directory') {
        throw new ConnectError('transfer.not-a-directory', `${found.path} on the server is not a folder`);
    }
    return [await writeSomething(sftp, found.path)];
}

function grantedTo(sftp: SftpClient | undefined): 'read' | 'write' {
    return sftp?.permissions.upload === false ? 'read' : 'write';
}

interface Found {
    readonly path: string;
    readonly attributes: SftpAttributes;
}

/** A target that is not there yet is made by the transfer: then the folder above it matters. */
async function statNearest(sftp: SftpClient, place: string, access: 'read' | 'write'): Promise<Found> {
    try {
        return { path: place, attributes: await sftp.stat(place) };
    } catch (error) {
        if (ConnectError.is(error, 'files.not-found')) {
            if (access === 'write' && place !== '/') {
                return statNearest(sftp, path.posix.dirname(place), access);
            }
            throw new ConnectError(
                'transfer.source-missing',
                `There is no ${place} on the server`,
                {},
                error
            );
        }
        throw asTransferError(error, place);
    }
}

async function readSomething(sftp: SftpClient, place: string, { kind }: SftpAttributes): Promise<void> {
    try {
        if (kind === 'directory') {
            await sftp.list(place, 1);
        } else {
            await (await sftp.openFile(place, 'read')).close();
        }
    } catch (error) {
        throw asTransferError(error, place);
    }
}

/** Only what was really written proves that writing works; what cannot be removed again is not written. */
async function writeSomething(sftp: SftpClient, folder: string): Promise<string> {
    if (!sftp.permissions.delete) {
        return `${folder} is there; writing was not tried, as this user may not delete what the test would leave`;
    }
    const name = path.posix.join(folder, `.connect-test-${randomBytes(6).toString('hex')}`);
    try {
        await (await sftp.openFile(name, 'create-new', 0o600)).close();
    } catch (error) {
        throw asTransferError(error, folder);
    }
    await sftp.removeFile(name);
    return `A file was written to ${folder} on the server, and removed`;
}

/** Where a server does not tell, and where it fails to. */
async function remoteRoom(sftp: SftpClient, place: string): Promise<number | undefined> {
    try {
        return await sftp.freeBytes((await statNearest(sftp, place, 'write')).path);
    } catch (error) {
        if (ConnectError.is(error, 'transfer.connection-lost')) {
            throw error;
        }
        // the folder itself was looked at before: only the count is missing
        return undefined;
    }
}

function asTransferError(error: unknown, place: string): ConnectError {
    const failure = ConnectError.from(error);
    return failure.code === 'files.permission-denied'
        ? new ConnectError(
              'transfer.permission-denied',
              `The server does not let this user in at ${place}`,
              { path: place },
              failure
          )
        : failure;
}
