import { ConnectError, formatCount, WireError } from '@connect/base';
import { SkipReason } from '../proto/meta-records';
import type { ComparisonWatch } from './comparison-watch';
import { EmptyFiles, tellEmptyDone, tellEmptyStarted } from './empty-files';
import {
    FileFailure,
    FileProgress,
    MAX_FAILURES,
    OpenedFile,
    TransferEvents,
    TransferFile,
    TransferSummary
} from './transfer-types';

/** Counts what happens to the files of one run, tells the events, and keeps the numbers monotone. */
export class TransferLedger implements ComparisonWatch {
    private bytesPresent = 0;
    private bytesShown = 0;
    private bytesTotal = 0;
    private filesTotal = 0;
    private scanComplete = false;
    private filesDone = 0;
    private filesFailed = 0;
    private filesSkipped = 0;
    private bytesTransferred = 0;
    private bytesResumed = 0;
    private bytesToCompare = 0;
    private bytesCompared = 0;
    private currentFile: string | (() => string) = '';
    private readonly failures: FileFailure[] = [];
    /** The code all failures share; undefined once two differ. */
    private commonFailure: WireError | undefined;

    constructor(private readonly events: TransferEvents) {}

    addTotals(files: number, bytes: number): void {
        this.filesTotal += files;
        this.bytesTotal += bytes;
    }

    setTotals(files: number, bytes: number, complete: boolean): void {
        // What is known here may run ahead of what the peer has told.
        this.filesTotal = Math.max(this.filesTotal, files);
        this.bytesTotal = Math.max(this.bytesTotal, bytes);
        this.scanComplete ||= complete;
        this.events.onTotals?.({
            files: this.filesTotal,
            bytes: this.bytesTotal,
            complete: this.scanComplete
        });
    }

    started(file: TransferFile): void {
        this.currentFile = file.path;
        this.events.onFileStarted?.(file);
    }

    /** As {@link started} for each of them, if anybody wants to hear that. */
    emptyStarted(files: EmptyFiles): void {
        this.currentFile = (): string => files.pathOf(files.count - 1);
        tellEmptyStarted(this.events, files);
    }

    /** As {@link done} for each of them. */
    emptyDone(files: EmptyFiles): void {
        this.filesDone += files.count;
        tellEmptyDone(this.events, files);
    }

    /** Payload bytes came or were acknowledged. */
    transferred(bytes: number): void {
        this.bytesTransferred += bytes;
        this.present(bytes);
    }

    /** Bytes turned out to be at the target already. */
    resumed(bytes: number): void {
        this.bytesResumed += bytes;
        this.present(bytes);
    }

    onToCompare(bytes: number): void {
        this.bytesToCompare += bytes;
    }

    onCompared(bytes: number): void {
        this.bytesCompared += bytes;
    }

    /** Bytes are zeros at both ends without having been moved. */
    empty(bytes: number): void {
        this.present(bytes);
    }

    /** Bytes counted before have to come again, or never will. */
    discarded(bytes: number): void {
        this.present(-bytes);
    }

    done(file: TransferFile): void {
        this.filesDone += file.isStep ? 0 : 1;
        this.events.onFileDone?.(file);
    }

    /** An earlier session of the same run brought this file, and told so. */
    doneBefore(file: TransferFile): void {
        this.filesDone += 1;
        this.resumed(file.sizeBytes);
    }

    /** `bytes` of it have not been counted yet. */
    skipped(file: TransferFile, reason: SkipReason): void {
        this.resumed(file.sizeBytes);
        this.skippedHere(file, reason);
    }

    /** Its bytes are counted elsewhere. */
    skippedHere(file: TransferFile, reason: SkipReason): void {
        this.filesSkipped += 1;
        this.events.onFileSkipped?.(file, reason);
    }

    failed(path: string, error: WireError, work?: number): void {
        this.commonFailure =
            this.filesFailed === 0 || this.commonFailure?.code === error.code ? error : undefined;
        this.filesFailed += 1;
        const failure = { path, error, ...(work === undefined ? {} : { work }) };
        if (this.failures.length < MAX_FAILURES) {
            this.failures.push(failure);
        }
        this.events.onFileFailed?.(failure);
    }

    opened(file: OpenedFile): void {
        this.events.onOpened?.(file);
    }

    log(line: string): void {
        this.events.onLog?.(line);
    }

    progress(): FileProgress {
        return {
            bytesDone: this.bytesShown,
            bytesTotal: Math.max(this.bytesTotal, this.bytesShown),
            scanComplete: this.scanComplete,
            filesDone: this.filesDone,
            filesTotal: this.filesTotal,
            filesFailed: this.filesFailed,
            filesSkipped: this.filesSkipped,
            currentFile: this.pathOfCurrent,
            ...(this.bytesToCompare > 0
                ? { compared: { bytes: this.bytesCompared, of: this.bytesToCompare } }
                : {})
        };
    }

    summary(): TransferSummary {
        const error = this.outcome();
        return {
            ...this.progress(),
            bytesTransferred: this.bytesTransferred,
            bytesResumed: this.bytesResumed,
            failures: [...this.failures],
            ...(error ? { error } : {})
        };
    }

    /** Nobody asks for most of them. */
    private get pathOfCurrent(): string {
        const { currentFile } = this;
        return typeof currentFile === 'string' ? currentFile : (this.currentFile = currentFile());
    }

    private outcome(): WireError | undefined {
        if (this.filesFailed === 0) {
            return undefined;
        }
        if (this.commonFailure && this.filesDone + this.filesSkipped === 0) {
            return this.commonFailure;
        }
        return new ConnectError(
            'transfer.some-files-failed',
            `${formatCount(this.filesFailed)} of ${formatCount(this.filesTotal)} failed`,
            {
                failed: this.filesFailed
            }
        ).toWire();
    }

    private present(bytes: number): void {
        this.bytesPresent += bytes;
        this.bytesShown = Math.max(this.bytesShown, this.bytesPresent);
    }
}
