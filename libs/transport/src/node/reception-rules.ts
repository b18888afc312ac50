import { WireError } from '@connect/base';
import { chunkCount } from '../proto/chunk-plan';
import { IncomingFile } from './incoming-file';
import { OpenedFile } from './transfer-types';

const NOTHING = Buffer.alloc(0);

/** The content of a file of at most one chunk, proved, once its end has come too; undefined before. */
export function wholeContent(
    file: IncomingFile,
    hashOf: (bytes: Buffer) => Buffer
): Buffer | 'damaged' | undefined {
    if (file.state !== 'receiving' || file.end !== 'ok') {
        return undefined;
    }
    const bytes = file.waiting.get(0);
    if (file.sizeBytes === 0 || !bytes) {
        return file.sizeBytes === 0 ? NOTHING : undefined;
    }
    const hash = hashOf(bytes);
    if (!hash.equals(file.hashes.get(0)!)) {
        return 'damaged';
    }
    file.digest?.add(0, hash);
    return bytes;
}

/** What has come of the first step of a split file. */
export function openedFile({ entry, content, arrived, holes }: IncomingFile): OpenedFile {
    const { sizeBytes, mtimeNs } = content;
    return { work: entry.work ?? 0, sizeBytes, mtimeNs, have: arrived.ranges(), holes };
}

/** Whether chunks [from, to) may be told to be zeros now: of a large file, or by the first step of a split one. */
export function mayHaveHole(file: IncomingFile, from: number, to: number): boolean {
    const { content, entry } = file;
    const count = chunkCount(content.sizeBytes, content.chunkBytes);
    const mayCome = file.state === 'receiving' && file.end === undefined && count > 1 && to <= count;
    return mayCome && (entry.part?.step ?? 'open') === 'open' && isFree(file, from, to);
}

/** Nothing has come, nor been announced, of these chunks. */
function isFree(file: IncomingFile, from: number, to: number): boolean {
    const [gap] = file.arrived.gaps(from, to);
    const isGap = gap !== undefined && gap.start === from && gap.end === to;
    return isGap && !file.hashes.entries().some(([chunk]) => chunk >= from && chunk < to);
}

/** Whether what has arrived of a file is of use to a later run. */
export function isResumable(error: WireError): boolean {
    switch (error.code) {
        case 'transfer.no-space':
        case 'transfer.disk-write':
        case 'transfer.disk-read':
        case 'transfer.verify-failed':
        case 'transfer.rename-failed':
            return true;
        default:
            return false;
    }
}
