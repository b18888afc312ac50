import { ConnectError, Range } from '@connect/base';
import { HASH_BYTES } from '../meta-records';
import { SplitFile } from './split-file';
import { ListedEntry, WorkOrder, WorkOutcome } from './work-order';

/** Something to be done by one session: an entry, or a step of a file that several send. */
export type Task =
    | { readonly step: 'entry'; readonly entry: ListedEntry; readonly isRepeated: boolean }
    | { readonly step: 'folder'; readonly entry: ListedEntry }
    | { readonly step: 'open' | 'join'; readonly file: SplitFile }
    | { readonly step: 'piece'; readonly file: SplitFile; readonly range: Range };

/** What an order counts for beyond its bytes, so that small ones are bounded, too. */
const ORDER_COST_BYTES = 4096;
const MAX_OPEN_COST_BYTES = 64 * 1024 * 1024;

/** What an order for it counts for in the backlog of its session, in bytes. */
export function costOf(task: Task): number {
    return ORDER_COST_BYTES + bytesOf(task);
}

function bytesOf(task: Task): number {
    switch (task.step) {
        case 'entry':
            return task.entry.sizeBytes;
        case 'open':
            // Its pieces follow soon.
            return Math.min(task.file.wholeBytes, MAX_OPEN_COST_BYTES);
        case 'piece':
            return task.file.bytesOf(task.range);
        default:
            return 0;
    }
}

/** @throws ConnectError `transfer.protocol` unless the hashes told of a piece are as many as it has chunks. */
export function expectHashes(task: Task, outcome: WorkOutcome): void {
    const hashes = outcome.result === 'done' ? outcome.chunkHashes : undefined;
    const chunks = task.step === 'piece' ? task.range.end - task.range.start : 0;
    if (hashes && hashes.length !== chunks * HASH_BYTES) {
        throw new ConnectError('transfer.protocol', `${hashes.length} bytes of hashes for ${chunks} chunks`);
    }
}

/** @param writer names the checkpoint of the session that does it */
export function orderFor(task: Task, work: number, writer: number): WorkOrder {
    const entry = 'file' in task ? task.file.entry : task.entry;
    const { sourcePath, path, kind, atimeNs } = entry;
    const order = { work, sourcePath, path, kind, ...(atimeNs === undefined ? {} : { atimeNs }) };
    if (task.step === 'entry' || task.step === 'folder') {
        return order;
    }
    const { file } = task;
    const { wholeBytes, version } = file;
    if (task.step === 'open') {
        return { ...order, part: { step: 'open', wholeBytes } };
    }
    if (task.step !== 'piece') {
        return { ...order, version, part: { step: 'join', wholeBytes, writers: file.writers } };
    }
    const firstChunk = task.range.start;
    const sizeBytes = file.bytesOf(task.range);
    return { ...order, version, part: { step: 'piece', wholeBytes, firstChunk, sizeBytes, writer } };
}
