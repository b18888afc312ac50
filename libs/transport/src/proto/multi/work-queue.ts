import { ConnectError } from '@connect/base';
import { COMMON_HASH, HashAlgorithm } from '../hash-algorithm';
import { allLost, NOTHING_LOST } from '../kept-facts';
import { PartialSuffixes } from '../partial-names';
import { parentOf } from '../placement';
import { SplitDigest, SplitFile } from './split-file';
import { FinalOutcome, NOTHING, outcomeOf, Settlement } from './settlement';
import { FileOutcome, ListedEntry, WorkOrder, WorkOutcome } from './work-order';
import { costOf, expectHashes, orderFor, Task } from './work-task';

export interface WorkQueueOptions {
    /** Files of this size and more are split; Infinity for none. */
    readonly thresholdBytes: number;
    readonly chunkBytes: number;
    /** How many sessions there are to be. */
    readonly sessions: number;
    readonly suffixes: PartialSuffixes;
    /** Added to a session's number, it names the checkpoints of that session in this run; in [0, 2³² − 1024). */
    readonly writerBase: number;
    /** Of a split file of this size, when its digest is asked for. */
    makeDigest?(sizeBytes: number, algorithm: HashAlgorithm): SplitDigest;
}

type LookedAt = Exclude<WorkOutcome, { readonly result: 'failed' }>;

interface Assigned {
    readonly session: number;
    readonly costBytes: number;
    readonly task: Task;
}

interface SessionState {
    /** Of the hashes it tells. */
    readonly algorithm: HashAlgorithm;
    backlogBytes: number;
    readonly knownFolders: Set<string>;
}

/**
 * What is to be done and who does it. Files first, several of them and pieces of large ones at a time; then files that
 * are called like the unfinished form of others; at last the times of folders, all by one session.
 */
export class WorkQueue {
    private readonly paths = new Set<string>();
    private readonly pending: ListedEntry[] = [];
    private head = 0;
    /** Files that are called as an unfinished one might be. */
    private lookalikes: ListedEntry[] = [];
    private readonly folders = new Map<string, ListedEntry>();
    private foldersLeft: ListedEntry[] = [];
    private folderSession: number | undefined;
    /** Given out before, by a session that is gone; and steps of split files. */
    private readonly waiting: Task[] = [];
    private readonly splits: SplitFile[] = [];
    private readonly assigned = new Map<number, Assigned>();
    private readonly sessions = new Map<number, SessionState>();
    private nextWork = 1;
    private unsettled = 0;
    private isListed = false;
    private phase: 'files' | 'lookalikes' | 'folders' | 'done' = 'files';

    constructor(private readonly options: WorkQueueOptions) {}

    get isDone(): boolean {
        this.advance();
        return this.phase === 'done';
    }

    /** Entries that nobody has begun. */
    get pendingCount(): number {
        return this.pending.length - this.head;
    }

    /** False when something of that name was listed before: then it is not sent. */
    add(entry: ListedEntry): boolean {
        if (this.paths.has(entry.path)) {
            return false;
        }
        this.paths.add(entry.path);
        const { partial, checkpoint } = this.options.suffixes;
        if (entry.kind === 'directory') {
            this.folders.set(entry.path, entry);
        } else if (entry.path.endsWith(partial) || entry.path.endsWith(checkpoint)) {
            this.lookalikes.push(entry);
        } else {
            this.unsettled += 1;
            this.pending.push(entry);
        }
        return true;
    }

    /** Nothing will be added any more. */
    listed(): void {
        this.isListed = true;
    }

    /** A session that can be given work. */
    join(session: number, algorithm = COMMON_HASH): void {
        this.sessions.set(session, { algorithm, backlogBytes: 0, knownFolders: new Set() });
    }

    /** Bytes that the session was given and has not settled. */
    backlogBytes(session: number): number {
        return this.sessions.get(session)?.backlogBytes ?? 0;
    }

    /** The next orders for a session, to be done in this order; empty when there is nothing for it now. */
    take(session: number): WorkOrder[] {
        const state = this.sessions.get(session);
        if (!state) {
            return [];
        }
        this.advance();
        const work = this.nextWork++;
        const task = this.next(session, work);
        if (!task) {
            return [];
        }
        const order = orderFor(task, work, this.writerOf(session));
        const costBytes = costOf(task);
        this.assigned.set(work, { session, costBytes, task });
        state.backlogBytes += costBytes;
        return [...(task.step === 'folder' ? [] : this.foldersAbove(order.path, state)), order];
    }

    /**
     * @throws ConnectError `transfer.protocol` when the session was not given this order, or tells an outcome that does
     * not fit it. Nothing is changed then: it has the order until it is {@link lost}.
     */
    settle(session: number, work: number, outcome: WorkOutcome): Settlement {
        const assigned = this.assigned.get(work);
        if (assigned?.session !== session) {
            throw new ConnectError('transfer.protocol', `Order ${work} is not with session ${session}`);
        }
        const { task, costBytes } = assigned;
        expectHashes(task, outcome);
        const state = this.sessions.get(session)!;
        const settlement =
            'file' in task
                ? this.stepSettled(task, work, outcome, state.algorithm)
                : this.entrySettled(task, outcome);
        this.assigned.delete(work);
        state.backlogBytes -= costBytes;
        return settlement;
    }

    /** The session is gone: what it had is for the others. Returns the change of bytes present. */
    lost(session: number): { readonly creditBytes: number; readonly outcomes: readonly FileOutcome[] } {
        this.sessions.delete(session);
        let creditBytes = 0;
        const outcomes: FileOutcome[] = [];
        for (const [work, { session: owner, task }] of [...this.assigned]) {
            if (owner !== session) {
                continue;
            }
            this.assigned.delete(work);
            if (task.step === 'piece') {
                task.file.pieceReturned(work);
                const settlement = this.afterStep(task.file);
                creditBytes += settlement.creditBytes;
                outcomes.push(...(settlement.outcome ? [settlement.outcome] : []));
            } else if (task.step === 'entry') {
                this.waiting.push({ ...task, isRepeated: true });
            } else if (task.step !== 'folder') {
                this.waiting.push(task);
            }
        }
        if (this.folderSession === session) {
            this.beginFolders();
        }
        return { creditBytes, outcomes };
    }

    private next(session: number, work: number): Task | undefined {
        const waiting = this.waiting.shift();
        if (waiting) {
            return waiting;
        }
        const split = this.splits.find(file => file.hasPieceToGive);
        if (split) {
            const range = split.takePiece(work, this.writerOf(session), this.options.sessions);
            return { step: 'piece', file: split, range };
        }
        if (this.phase === 'folders') {
            this.folderSession ??= session;
            const entry = this.folderSession === session ? this.foldersLeft.shift() : undefined;
            return entry && { step: 'folder', entry };
        }
        const entry = this.shiftPending();
        if (!entry) {
            return undefined;
        }
        const { thresholdBytes, chunkBytes } = this.options;
        if (entry.kind !== 'file' || entry.sizeBytes < thresholdBytes || entry.sizeBytes <= chunkBytes) {
            return { step: 'entry', entry, isRepeated: false };
        }
        const file = new SplitFile(entry, chunkBytes);
        this.splits.push(file);
        return { step: 'open', file };
    }

    private shiftPending(): ListedEntry | undefined {
        const entry = this.pending[this.head];
        if (entry) {
            this.head += 1;
            if (this.head > 1024 && this.head * 2 > this.pending.length) {
                this.pending.splice(0, this.head);
                this.head = 0;
            }
        }
        return entry;
    }

    private writerOf(session: number): number {
        return this.options.writerBase + session;
    }

    /** The folders above a path that this session has not heard of, outermost first. */
    private foldersAbove(path: string, state: SessionState): WorkOrder[] {
        const found: WorkOrder[] = [];
        for (let folder = parentOf(path); folder !== ''; folder = parentOf(folder)) {
            if (state.knownFolders.has(folder)) {
                break;
            }
            state.knownFolders.add(folder);
            const entry = this.folders.get(folder);
            if (entry) {
                found.unshift(orderFor({ step: 'folder', entry }, 0, 0));
            }
        }
        return found;
    }

    /** Throws before it changes anything. */
    private entrySettled(
        task: Exclude<Task, { readonly file: SplitFile }>,
        outcome: WorkOutcome
    ): Settlement {
        const { entry } = task;
        if (outcome.result === 'opened') {
            throw new ConnectError('transfer.protocol', `${entry.path} was opened, but is not split`);
        }
        this.unsettled -= 1;
        if (outcome.result === 'failed') {
            return { ...NOTHING, outcome: outcomeOf(entry, outcome) };
        }
        if (task.step === 'folder') {
            return NOTHING;
        }
        const { sizeBytes, mtimeNs } = outcome;
        // A session that died may have brought it before it could say so.
        const isDone = task.isRepeated && outcome.result === 'skipped' && outcome.reason === 'same';
        return {
            outcome: outcomeOf(entry, isDone ? { result: 'done', sizeBytes, mtimeNs } : outcome),
            sessionBytes: sizeBytes,
            creditBytes: sizeBytes,
            emptyBytes: 0,
            resumedBytes: outcome.result === 'skipped' ? sizeBytes : 0
        };
    }

    /** Throws before it changes anything. */
    private stepSettled(
        task: Task & { readonly file: SplitFile },
        work: number,
        outcome: WorkOutcome,
        algorithm: HashAlgorithm
    ): Settlement {
        const { file, step } = task;
        if (outcome.result === 'failed') {
            file.failed(work, outcome.error);
            return this.afterStep(file);
        }
        if (step === 'open') {
            return this.openSettled(file, outcome, algorithm);
        }
        if (outcome.result !== 'done') {
            throw new ConnectError(
                'transfer.protocol',
                `A ${step} of ${file.entry.path} is ${outcome.result}`
            );
        }
        file.lost = allLost(file.lost, outcome.lost ?? NOTHING_LOST);
        if (step === 'join') {
            const { wholeBytes: sizeBytes, version, digest, lost } = file;
            const { mtimeNs } = version!;
            return this.concluded(file, { result: 'done', sizeBytes, mtimeNs, digest: digest?.text, lost });
        }
        const bytes = task.step === 'piece' ? file.bytesOf(task.range) : 0;
        file.pieceDone(work, file.digest?.algorithm === algorithm ? outcome.chunkHashes : undefined);
        file.creditedBytes += bytes;
        const after = this.afterStep(file);
        return { ...after, sessionBytes: bytes, creditBytes: after.creditBytes + bytes };
    }

    private openSettled(file: SplitFile, outcome: LookedAt, algorithm: HashAlgorithm): Settlement {
        if (outcome.result === 'opened') {
            const { version, have, holes } = outcome;
            file.digest = this.options.makeDigest?.(version.sizeBytes, algorithm);
            holes.forEach(({ start, end }) => file.digest?.addZeros(start, end));
            const bytes = file.opened(version, have);
            file.creditedBytes += bytes;
            const emptyBytes = holes.reduce((sum, hole) => sum + file.bytesOf(hole), 0);
            return {
                ...this.afterStep(file),
                creditBytes: bytes,
                resumedBytes: bytes - emptyBytes,
                emptyBytes
            };
        }
        const sizeBytes = file.wholeBytes;
        const settlement = this.concluded(file, { ...outcome, sizeBytes });
        return { ...settlement, creditBytes: sizeBytes, resumedBytes: sizeBytes };
    }

    /** What follows from the new state of a split file. */
    private afterStep(file: SplitFile): Settlement {
        if (file.phase === 'joining') {
            this.waiting.push({ step: 'join', file });
            return NOTHING;
        }
        if (!file.isOver) {
            return NOTHING;
        }
        const creditBytes = -file.creditedBytes;
        file.creditedBytes = 0;
        const error = file.error!;
        if (file.restart()) {
            this.waiting.push({ step: 'open', file });
            return { ...NOTHING, creditBytes };
        }
        return { ...this.concluded(file, { result: 'failed', error }), creditBytes };
    }

    private concluded(file: SplitFile, outcome: FinalOutcome): Settlement {
        this.unsettled -= 1;
        this.splits.splice(this.splits.indexOf(file), 1);
        return { ...NOTHING, outcome: outcomeOf(file.entry, outcome) };
    }

    private advance(): void {
        if (!this.isListed || this.unsettled > 0) {
            return;
        }
        if (this.phase === 'files') {
            this.phase = 'lookalikes';
            this.lookalikes.forEach(entry => this.pending.push(entry));
            this.unsettled = this.lookalikes.length;
            this.lookalikes = [];
            this.advance();
        } else if (this.phase === 'lookalikes') {
            this.phase = 'folders';
            this.beginFolders();
            this.advance();
        } else if (this.phase === 'folders') {
            this.phase = 'done';
        }
    }

    private beginFolders(): void {
        this.folderSession = undefined;
        this.foldersLeft = [...this.folders.values()];
        this.unsettled = this.foldersLeft.length;
    }
}
