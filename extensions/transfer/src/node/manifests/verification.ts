import type { RemoteReader } from '@connect/api';
import { ConnectError, formatCount } from '@connect/base';
import { hashOf } from '@connect/transport/lib/node/content-hash';
import { FileDigest } from '@connect/transport/lib/node/file-digest';
import { HASH_ALGORITHMS } from '@connect/transport/lib/proto/hash-algorithm';
import { MANIFEST_PIECE_BYTES, type ManifestEntry } from '../../common/manifest';
import {
    MAX_DIFFERENCES,
    type FileDifference,
    type VerifyProgress,
    type VerifyReport
} from '../../common/manifest-protocol';

/** What a verification stands on. */
export interface VerificationParts {
    /** Opens a file by its path below the destination; rejects with `files.not-found` when there is none. */
    open(path: string): Promise<RemoteReader>;
    onDifference(difference: FileDifference): void;
    onProgress(progress: VerifyProgress): void;
    isCancelled(): boolean;
}

/**
 * Reads files again and compares them with what a manifest says of them, one after the other and piece by piece: it
 * holds some megabytes, and leaves room for others between two pieces, whose hash takes about a millisecond each.
 *
 * @throws ConnectError `cancelled`, or what is wrong with the connection
 */
export async function verifyAgain(
    entries: readonly ManifestEntry[],
    parts: VerificationParts
): Promise<VerifyReport> {
    const files = entries.filter(
        ({ outcome }) => !outcome.startsWith('failed:') && outcome !== 'skipped:policy'
    );
    const bytesTotal = files.reduce((sum, { sizeBytes = 0 }) => sum + sizeBytes, 0);
    const differences: FileDifference[] = [];
    const counts = { same: 0, unknown: 0, differing: 0 };
    let bytesDone = 0;
    for (const [filesDone, entry] of files.entries()) {
        const onBytes = (bytes: number): void => {
            if (parts.isCancelled()) {
                throw new ConnectError('cancelled', 'Verifying was cancelled');
            }
            bytesDone += bytes;
            parts.onProgress({ filesDone, filesTotal: files.length, bytesDone, bytesTotal });
        };
        onBytes(0);
        const found = await compare(entry, parts, onBytes);
        if (typeof found === 'string') {
            counts[found] += 1;
        } else {
            counts.differing += 1;
            parts.onDifference(found);
            if (differences.length < MAX_DIFFERENCES) {
                differences.push(found);
            }
        }
    }
    return { ...counts, differences };
}

type Comparison = 'same' | 'unknown' | FileDifference;

async function compare(
    entry: ManifestEntry,
    parts: VerificationParts,
    onBytes: (bytes: number) => void
): Promise<Comparison> {
    const { path, sizeBytes, hash } = entry;
    let reader: RemoteReader;
    try {
        reader = await parts.open(path);
    } catch (error) {
        return failure(path, error);
    }
    try {
        if (sizeBytes !== undefined && reader.sizeBytes !== sizeBytes) {
            return {
                path,
                kind: 'size',
                message: `${formatCount(reader.sizeBytes)} bytes instead of ${formatCount(sizeBytes)}`
            };
        }
        const [name, digits] = hash?.split(':') ?? [];
        const algorithm = HASH_ALGORITHMS.find(each => each === name);
        if (algorithm === undefined || digits === undefined) {
            return 'unknown';
        }
        const digest = new FileDigest(reader.sizeBytes, MANIFEST_PIECE_BYTES, algorithm);
        for (let at = 0, piece = 0; at < reader.sizeBytes; at += MANIFEST_PIECE_BYTES, piece++) {
            const bytes = await reader.read(at, Math.min(MANIFEST_PIECE_BYTES, reader.sizeBytes - at));
            digest.add(piece, hashOf(algorithm, bytes));
            onBytes(bytes.length);
        }
        return digest.text === hash
            ? 'same'
            : {
                  path,
                  kind: 'content',
                  message: `its content is another one: ${digest.text} instead of ${hash}`
              };
    } catch (error) {
        return failure(path, error);
    } finally {
        await reader.close();
    }
}

/** What is wrong with one file is told of it; what is wrong with the connection ends all. */
function failure(path: string, thrown: unknown): FileDifference {
    const error = ConnectError.from(thrown, 'files.failed');
    const endsAll = error.kind === 'transient' || error.kind === 'needs-user';
    if (endsAll || error.code === 'cancelled' || error.code === 'not-supported') {
        throw error;
    }
    return error.code === 'files.not-found'
        ? { path, kind: 'missing', message: 'it is not there any more' }
        : { path, kind: 'unreadable', message: `it cannot be read: ${error.message}` };
}
