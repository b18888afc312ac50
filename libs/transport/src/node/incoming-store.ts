import { ConnectError, Limiter, RangeSet } from '@connect/base';
import { ChunkHash, EntryRecord, MetaRecord } from '../proto/meta-records';
import { mendsTimes } from '../proto/overwrite-decision';
import { DestinationPlan, joinPath, lastName, parentOf } from '../proto/placement';
import { BootId } from '../proto/resume-map';
import { isEmptyFile } from '../proto/empty-files-record';
import { EntryPart } from '../proto/work-records';
import { ChunkAssembler } from './chunk-assembler';
import { readBootId } from './checkpoint-store';
import { ChunkMemory } from './chunk-memory';
import { hashOf } from './content-hash';
import { checkRecords } from './decision-records';
import { EmptyFileLane, EmptyGroup } from './empty-file-lane';
import { ExistingBeginning } from './existing-beginning';
import type { EarlyChecks } from './early-checks';
import { FileDecider } from './file-decider';
import { accessTimeOf, FileSink } from './file-sink';
import { FileStat } from './file-store';
import { IncomingFile } from './incoming-file';
import { IncomingStoreEvents, IncomingStoreOptions, StoreDecision } from './incoming-store-types';
import { decideUnderName } from './named-decision';
import { lookAtDestination } from './look-at-destination';
import { OpenSink, PartSinks } from './multi/part-sinks';
import { PathClaims } from './path-claims';
import { LeftPartial, SmallFile, smallNamesFor, SmallFileTools } from './small-file';
import { isForLane, SmallFileLane } from './small-file-lane';
import { MAX_BATCHED_BYTES, SmallFileBatches } from './small-file-batches';
import { SyncRounds } from './sync-rounds';
import { TargetFolders } from './target-folders';
import { makeLink, OtherOutcome } from './target-links';
import { targetError } from './transfer-errors';
import { WorkUnderWay } from './work-under-way';

const DECISIONS_AT_ONCE = 32;
/** Chunks whose writing has begun: what gathers for one file goes together. */
const WRITES_AT_ONCE = 8;
const FINISHES_AT_ONCE = 16;

/** The disk side of receiving: places, decides, writes and finishes, several files at a time. */
export class IncomingStore {
    readonly assembler: ChunkAssembler<IncomingFile>;
    private readonly folders: TargetFolders;
    private readonly decider: FileDecider;
    private readonly boot: BootId = readBootId();
    private readonly decisions: Limiter;
    private readonly writes = new Limiter(WRITES_AT_ONCE);
    private readonly finishes = new Limiter(FINISHES_AT_ONCE);
    private readonly active = new WorkUnderWay();
    private readonly rounds = new SyncRounds();
    private readonly batches: SmallFileBatches;
    private readonly lane: SmallFileLane;
    private readonly emptyLane: EmptyFileLane;
    /** Empty files may be made under their names; see {@link mendsTimes}. */
    private readonly mayMakeEmpty: boolean;
    private readonly claims: PathClaims;
    private readonly parts: PartSinks;
    private readonly plan: Promise<DestinationPlan>;
    private setPlan!: (plan: DestinationPlan | Promise<DestinationPlan>) => void;
    private ready: Promise<DestinationPlan> | undefined;
    /** The destination, once it is there and known to be a folder. */
    private root: string | undefined;
    private backlogBytes = 0;
    private isStopped = false;

    constructor(
        private readonly options: IncomingStoreOptions,
        private readonly events: IncomingStoreEvents
    ) {
        const { store, hash, overwrite, suffixes, fsync } = options;
        this.assembler = new ChunkAssembler((file, chunk, bytes) => {
            this.addBacklog(bytes.length);
            events.onChunk(file, chunk, bytes);
        }, options.bufferBytes);
        this.decider = new FileDecider({ ...options, boot: this.boot });
        this.batches = new SmallFileBatches(store, this.rounds);
        this.claims = new PathClaims(suffixes);
        this.parts = new PartSinks({ store, hash, suffixes, fsync, boot: this.boot });
        // Who looks for a free name holds those it looks at: nobody else may take that for an answer.
        this.decisions = new Limiter(overwrite === 'rename' ? 1 : DECISIONS_AT_ONCE);
        this.plan = new Promise(resolve => (this.setPlan = resolve));
        const root = this.plan.then(plan => plan.folder);
        root.catch(() => undefined); // whoever uses it is told
        this.folders = new TargetFolders(store, root, fsync, this.rounds, line => events.onLog(line));
        const { batches, folders } = this;
        this.mayMakeEmpty = mendsTimes(overwrite, options.resume);
        const { active, mayMakeEmpty } = this;
        const isReady = (): boolean => mayMakeEmpty && store.batch !== undefined && this.root !== undefined;
        this.emptyLane = new EmptyFileLane({ batches, folders, suffixes, active, isReady }, events);
        this.lane = new SmallFileLane(this.smallFileTools(), suffixes, folders, {
            onWritten: bytes => this.drop(bytes),
            onPlaced: (file, error) => {
                events.onPlaced(file, error);
                this.active.end();
            },
            onUndecided: file => {
                events.onUndecided(file);
                this.active.end();
            }
        });
    }

    /** To be called for every entry in order, but not for those that replace others. */
    announce(entry: EntryRecord, sourceCount: number): void {
        if (!this.ready) {
            const { store, destination, createFolder } = this.options;
            const firstIsFile = entry.kind === 'file' && !entry.path.includes('/');
            this.setPlan(lookAtDestination(store, { destination, createFolder, firstIsFile, sourceCount }));
            this.ready = this.prepareDestination();
            this.ready.catch(() => undefined); // decisions wait for it and are told
        }
        this.folders.announce(entry.index, entry.path, entry.kind === 'directory' ? entry : undefined);
    }

    /**
     * Says at once that all of a file is wanted, without a look at the disk: a small one in a folder that this run
     * makes. Then {@link place} is for it. False for all others, which are for {@link decide}. `later` when it is about
     * to be known whose folder it is: then `again` is called.
     */
    decideAtOnce(file: IncomingFile, again: () => void): boolean | 'later' {
        const { store, overwrite } = this.options;
        if (!isForLane(file) || !store.batch || overwrite === 'rename' || file.isContested) {
            return false;
        }
        const { path } = file.entry;
        const folder = parentOf(path);
        if (this.folders.whenKnown(folder, again)) {
            return 'later';
        }
        if (this.root === undefined) {
            return false;
        }
        file.name = lastName(path);
        const isFree =
            this.folders.isMadeHere(folder) && this.claims.claimFreeTarget(file, joinPath(this.root, path));
        file.isQuick = isFree;
        return isFree;
    }

    /**
     * Makes empty files, without a look at the disk: in a folder that this run makes. The events tell what becomes of
     * them. False when each has to be decided about by itself; `later` as {@link decideAtOnce}.
     */
    placeEmpty(group: EmptyGroup, again: () => void): boolean | 'later' {
        return this.emptyLane.add(group, again);
    }

    /** Of the content of a small file, as the sender hashes. */
    hash(bytes: Buffer): Buffer {
        return hashOf(this.options.hash, bytes);
    }

    /** What the sender is told to check, of the kind that it knows. */
    checkRecords({ index, content }: IncomingFile, hashes: readonly ChunkHash[]): MetaRecord[] {
        return checkRecords(this.options.hash, index, content, hashes);
    }

    /** Gives a file that was decided at once, and whose content is here and right, its place; `onPlaced` tells. */
    place(file: IncomingFile, bytes: Buffer): void {
        this.active.begin();
        this.lane.add(file, bytes);
    }

    /** @throws ConnectError when the file cannot be received. */
    decide(file: IncomingFile, early: EarlyChecks): Promise<StoreDecision> {
        return this.work(this.decisions, async () => {
            const plan = await this.ready!;
            const inFolder = plan.kind === 'file' ? '' : parentOf(file.entry.path);
            const folder = await this.folders.ensure(inFolder);
            file.folder = folder;
            file.name = plan.kind === 'file' ? plan.name : lastName(file.entry.path);
            if (file.entry.part && file.entry.part.step !== 'open') {
                file.sink = this.parts.sinkFor(file, folder.path);
                return { action: 'send', have: new RangeSet(), checks: [] };
            }
            const mayRename = this.options.overwrite === 'rename';
            const decision = await decideUnderName(file, folder, this.claims, this.decider, mayRename, early);
            const outcome =
                decision.action === 'continue'
                    ? await this.goOnWith(file, decision.existing, early)
                    : decision;
            if (outcome.action === 'skip' && outcome.reason === 'same' && isEmptyFile(file.entry)) {
                await this.setTimesOfSource(file, false);
            }
            if (decision.action === 'skip') {
                await this.removeLeftovers(file);
            }
            if (decision.action !== 'send') {
                return outcome as StoreDecision;
            }
            return file.chunkCount > 1 || file.entry.part ? this.openSink(file, early) : this.openSmall(file);
        });
    }

    /**
     * Writes and records a chunk if its hash is right, and tells whether it is. Goes on after {@link stop}: what is
     * right is worth keeping.
     */
    writeChunk(file: IncomingFile, item: ChunkHash, bytes: Buffer): Promise<boolean> {
        const write = async (): Promise<boolean> => {
            try {
                const hash = await ChunkMemory.ofProcess.hash(this.options.hash, bytes);
                const isRight = hash.equals(item.hash);
                if (isRight && file.state === 'receiving') {
                    await file.beginning?.expectBytes(item.chunk * file.chunkBytes, bytes);
                    await this.writeNow(file, item, bytes);
                }
                return isRight;
            } finally {
                this.drop(bytes);
            }
        };
        // Small ones are gathered, which takes many at a time.
        return this.active.track(this.isBatched(file) ? write() : this.writes.run(write));
    }

    /** Makes sure that these bytes of a large file are zeros. */
    writeHole(file: IncomingFile, start: number, length: number): Promise<void> {
        const write = async (): Promise<void> => {
            if (file.state === 'receiving') {
                await file.beginning?.expectZeros(start, length);
                await this.openSinkOnce(file);
                await file.sink!.writeHole(start, length);
            }
        };
        return this.active.track(this.writes.run(write));
    }

    /**
     * Gives a file, all of whose content is here and right, its name. Rejects with `files.exists` when an empty one has
     * to be decided about with a look at the disk.
     */
    finish(file: IncomingFile): Promise<void> {
        const named = this.work(this.isBatched(file) ? undefined : this.finishes, async () => {
            if (file.entry.part) {
                await this.finishPart(file, file.entry.part);
                return;
            }
            await file.beginning?.expectUnchanged();
            if (file.chunkCount > 1) {
                file.lose(await file.sink!.finish());
            } else {
                // It has none when a comparison was to find it equal, and no data came because it is empty.
                file.small ??= this.smallFile(file, undefined);
                file.lose(await file.small.finish(file.name, file.folder!.isNew && !file.isContested));
            }
            file.folder!.touch(file.small?.device);
            await this.removeLeftovers(file);
        });
        // Who waits for the folder keeps nobody from being finished.
        return this.active.track(named.then(() => file.folder!.settle()));
    }

    /** The finished file at the target is equal: it gets the times of its source. */
    confirmSame(file: IncomingFile): Promise<void> {
        return this.work(this.finishes, async () => {
            await this.setTimesOfSource(file, true);
            await this.removeLeftovers(file);
        });
    }

    /** Makes a folder or a link. */
    makeOther(entry: EntryRecord): Promise<OtherOutcome> {
        return this.work(this.decisions, async () => {
            await this.ready!;
            if (entry.kind === 'directory') {
                await this.folders.ensure(entry.path, entry.mode);
                return {};
            }
            const folder = await this.folders.ensure(parentOf(entry.path));
            return makeLink(this.options, entry, folder);
        });
    }

    /** Ends writing of a file that will not be finished now. `keep`: what is right of it stays for a later run. */
    abandon(file: IncomingFile, keep: boolean): Promise<void> {
        return this.active.track(
            this.writes.run(async () => {
                try {
                    await file.sink?.abandon(keep);
                    await file.small?.abandon(keep);
                } catch (error) {
                    // The file has failed already; this only tells about the left-over.
                    this.events.onLog(`${file.entry.path}: ${ConnectError.from(error).message}`);
                }
                this.releaseClaims(file);
            })
        );
    }

    /** A buffer is needed no more. */
    drop(bytes: Buffer): void {
        this.assembler.release(bytes);
        this.addBacklog(-bytes.length);
    }

    releaseClaims(file: IncomingFile): void {
        this.claims.release(file);
    }

    /** All entries below `index` have their result. */
    settled(index: number): void {
        this.folders.settled(index);
    }

    /** Everything has its result: times of folders, durability of names. */
    async finishFolders(): Promise<void> {
        await this.active.idle();
        if (this.ready) {
            await this.folders.finish();
        }
    }

    /** Nothing new is begun. */
    stop(): void {
        this.isStopped = true;
        this.lane.stop();
        this.emptyLane.stop();
        this.claims.stop();
    }

    /** Waits for what is under way, then closes the unfinished files. */
    async close(files: Iterable<IncomingFile>): Promise<void> {
        await this.active.idle();
        for (const file of [...files]) {
            this.assembler.remove(file);
            await this.abandon(file, true);
        }
        await this.batches.dispose();
        await this.rounds.dispose();
    }

    private isBatched(file: IncomingFile): boolean {
        return !file.entry.part && file.chunkCount <= 1 && file.sizeBytes <= MAX_BATCHED_BYTES;
    }

    private work<T>(limiter: Limiter | undefined, work: () => Promise<T>): Promise<T> {
        const unlessStopped = async (): Promise<T> => {
            if (this.isStopped) {
                throw new ConnectError('cancelled', 'Stopped');
            }
            return work();
        };
        return this.active.track(limiter ? limiter.run(unlessStopped) : unlessStopped());
    }

    private addBacklog(bytes: number): void {
        this.backlogBytes += bytes;
        this.events.onBacklog(this.backlogBytes);
    }

    private async prepareDestination(): Promise<DestinationPlan> {
        try {
            const plan = await this.plan;
            await this.folders.ensure('');
            this.root = plan.kind === 'folder' ? plan.folder : undefined;
            return plan;
        } catch (error) {
            this.events.onUnusable(targetError(error));
            throw error;
        }
    }

    private async finishPart(file: IncomingFile, part: EntryPart): Promise<void> {
        if (part.step === 'open' && !file.sink) {
            await this.openSinkOnce(file);
        }
        file.lose(await file.sink!.finish());
        if (part.step !== 'piece') {
            file.folder!.touch();
        }
        if (part.step === 'join') {
            await this.removeLeftovers(file);
        }
    }

    private async writeNow(file: IncomingFile, item: ChunkHash, bytes: Buffer): Promise<void> {
        if (file.chunkCount === 1 && !file.entry.part) {
            file.small ??= this.smallFile(file, undefined);
            await file.small.write(bytes);
            return;
        }
        await this.openSinkOnce(file);
        await file.sink!.writeChunk(item, bytes);
    }

    /** What is at the file's place is its beginning, as far as size and kind tell. */
    private async goOnWith(file: IncomingFile, stat: FileStat, early: EarlyChecks): Promise<StoreDecision> {
        const path = joinPath(file.folder!.path, file.name);
        const { store, comparison } = this.options;
        file.beginning = ExistingBeginning.of(file.entry, store, path, stat, comparison);
        if (file.beginning.isWhole) {
            return file.beginning.compare(this.options.hash, early);
        }
        return file.chunkCount > 1 ? this.openSink(file, early) : this.openSmall(file);
    }

    /** `wasRead`: to be compared, which changed its time of last access. */
    private async setTimesOfSource({ entry, folder, name }: IncomingFile, wasRead: boolean): Promise<void> {
        const path = joinPath(folder!.path, name);
        const { mtimeNs } = await this.options.store.lstat(path);
        if (mtimeNs !== entry.mtimeNs || (wasRead && entry.atimeNs !== undefined)) {
            await this.options.store.setTimes(path, accessTimeOf(entry), entry.mtimeNs);
        }
    }

    private async openSmall(file: IncomingFile): Promise<StoreDecision> {
        // of a file that goes on with what is there all bytes have to come, to be compared with that
        const found = file.beginning
            ? undefined
            : await this.decider.findSmall(file.folder!, file.name, file.entry);
        file.small = this.smallFile(file, found?.left);
        const have = new RangeSet();
        if (found) {
            have.add(0, 1);
        }
        return { action: 'send', have, checks: found ? [found.check] : [] };
    }

    private smallFile(file: IncomingFile, left: LeftPartial | undefined): SmallFile {
        const names = smallNamesFor(file.name, file.entry, this.options.suffixes);
        return new SmallFile(this.smallFileTools(), file.folder!.path, names, file.entry, left);
    }

    private smallFileTools(): SmallFileTools {
        const { batches, rounds, mayMakeEmpty } = this;
        const { store, fsync } = this.options;
        return { store, fsync, batches, rounds, mayMakeEmpty };
    }

    private async openSinkOnce(file: IncomingFile): Promise<void> {
        if (!file.sink) {
            file.sinkOpening ??= this.openSink(file);
            await file.sinkOpening;
        }
    }

    private async openSink(file: IncomingFile, early?: EarlyChecks): Promise<StoreDecision> {
        const folder = file.folder!;
        this.claims.claimPlainNames(file, folder.path);
        const isTaken = (path: string): boolean => this.claims.isTaken(path, file);
        const unfinished = await this.decider.prepare(folder, file.name, file.content, isTaken);
        this.claims.claimUnfinished(file, joinPath(folder.path, unfinished.names.partial));
        this.claims.claimUnfinished(file, joinPath(folder.path, unfinished.names.checkpoint));
        const sink = new FileSink(
            this.options.store,
            folder.path,
            file.name,
            unfinished.names,
            file.content,
            file.content,
            this.options.fsync,
            this.boot,
            this.options.hash,
            unfinished.resume,
            unfinished.adopted
        );
        file.sink = file.entry.part ? new OpenSink(sink) : sink;
        // it is opened again, later, for a file that was to be compared only
        const isBegun = file.beginning && !file.beginning.isWhole;
        const known = isBegun
            ? await file.beginning!.copyInto(sink, this.options.hash, unfinished, early)
            : { have: unfinished.have, checks: unfinished.checks };
        return { action: 'send', ...known };
    }

    private removeLeftovers(file: IncomingFile): Promise<void> {
        return this.decider.removeLeftovers(file.folder!, file.name, path => this.claims.isTaken(path, file));
    }
}
