import { ConnectError } from '@connect/base';
import { emptyFileEntry } from '../proto/empty-files-record';
import { EntryRecord } from '../proto/entry-record';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { relativePathProblem } from '../proto/placement';
import { EmptyGroup } from './empty-file-lane';
import { EmptyFiles } from './empty-files';
import { IncomingFile } from './incoming-file';
import type { IncomingStore } from './incoming-store';
import { ReceiverOutbox } from './receiver-outbox';
import { targetError } from './transfer-errors';
import { TransferLedger } from './transfer-ledger';

/** What receiving empty files needs from its receiver. */
export interface EmptyFileReceptionContext {
    readonly files: IncomingStore;
    readonly ledger: TransferLedger;
    readonly outbox: ReceiverOutbox;
    readonly isStopped: () => boolean;
    /** These entries have their result. */
    readonly onSettled: (from: number, to: number) => void;
    /** A file is to be received as those are that come by themselves; or fails at once. */
    readonly startOne: (file: IncomingFile, problem: ConnectError | undefined) => void;
    /** When digests are asked for. */
    readonly digestAlgorithm: () => HashAlgorithm | undefined;
    /** Any place in the data stream that an entry may have now. */
    readonly dataOffset: () => number;
}

/** Takes empty files that were announced together to their results: together, or as any other file. */
export class EmptyFileReception {
    constructor(private readonly context: EmptyFileReceptionContext) {}

    /** Makes a file that came by itself, as {@link start}. */
    startEntry(entry: EntryRecord): void {
        this.start({ index: entry.index, files: EmptyFiles.of(entry) });
    }

    /** Makes them, now or as soon as it is known whose folder it is. */
    start({ index, files }: EmptyGroup): void {
        const digestAlgorithm = this.context.digestAlgorithm();
        this.place({ index, files: digestAlgorithm ? files.withDigest(digestAlgorithm) : files });
    }

    private place(group: EmptyGroup): void {
        if (this.context.isStopped()) {
            return;
        }
        const isTaken = this.context.files.placeEmpty(group, () => this.place(group));
        if (isTaken === true) {
            this.context.ledger.emptyStarted(group.files);
        } else if (isTaken === false) {
            this.startEach(group);
        }
    }

    /** Receives each by itself. */
    startEach(group: EmptyGroup, isContested = false): void {
        for (let i = 0; i < group.files.count; i++) {
            const entry = this.entryOf(group, i);
            const file = new IncomingFile(entry, undefined, this.context.digestAlgorithm());
            file.isContested = isContested;
            this.context.startOne(file, relativePathProblem(entry.path));
        }
    }

    /** What the announcement tells of one of these. */
    entryOf({ index, files }: EmptyGroup, i: number): EntryRecord {
        const { mtimes, modes } = files;
        return emptyFileEntry(index + i, files.pathOf(i), mtimes[i]!, modes[i]!, this.context.dataOffset());
    }

    /** Something has these names, or the folder is somebody else's: each is decided about with a look at the disk. */
    startContested(group: EmptyGroup): void {
        this.startEach(group, true);
    }

    onPlaced({ index, files }: EmptyGroup): void {
        this.context.ledger.emptyDone(files);
        this.context.outbox.ok(index, index + files.count);
        this.context.onSettled(index, index + files.count);
    }

    onFailed({ index, files }: EmptyGroup, cause: unknown): void {
        if (this.context.isStopped()) {
            return;
        }
        const error = targetError(cause).toWire();
        this.context.ledger.failed(files.pathOf(0), error);
        this.context.outbox.add({ type: 'result-failed', index, error });
        this.context.onSettled(index, index + 1);
    }
}
