import { ConnectError, RangeSet } from '@connect/base';
import { chunkCount } from '../../proto/chunk-plan';
import { ChunkHash } from '../../proto/meta-records';
import { LostFact, NOTHING_LOST } from '../../proto/kept-facts';
import { decideOverwrite } from '../../proto/overwrite-decision';
import { joinPath } from '../../proto/placement';
import { accessTimeOf, ChunkSink, FileAttributes, FileSink } from '../file-sink';
import { OpenFile } from '../file-store';
import { IncomingFile } from '../incoming-file';
import { giveTo } from '../kept-ownership';
import {
    chunksWithin,
    expectRenamed,
    isSameFile,
    lstatIfThere,
    removeIfThere,
    renamePartial
} from '../partial-files';
import {
    findPair,
    FoundPair,
    SharedPartial,
    SharedPartials,
    SharedPlace,
    SharedTarget
} from './shared-partials';
import { readSiblings, siblingName } from './sibling-checkpoints';

/** Makes the sinks of a session for the steps that come after `open`. */
export class PartSinks {
    private readonly partials: SharedPartials;

    constructor(private readonly place: SharedPlace) {
        this.partials = new SharedPartials(place);
    }

    /** @param file a piece or a join, whose name is known */
    sinkFor(file: IncomingFile, folder: string): ChunkSink {
        const { content, name } = file;
        const target = { folder, name, identity: content };
        const part = file.entry.part!;
        if (part.step === 'piece') {
            return new PieceSink(this.partials, target, part.writer, part.firstChunk);
        }
        return new JoinSink(this.place, target, part.step === 'join' ? part.writers : [], content);
    }
}

/** Makes the unfinished form that the other sessions write to. */
export class OpenSink implements ChunkSink {
    constructor(private readonly sink: FileSink) {}

    writeChunk(): Promise<void> {
        return noContent();
    }

    writeHole(start: number, length: number): Promise<void> {
        return this.sink.recordHole(start, length);
    }

    async finish(): Promise<readonly LostFact[]> {
        await this.sink.prepare();
        return NOTHING_LOST;
    }

    abandon(keep: boolean): Promise<void> {
        return this.sink.abandon(keep);
    }
}

/** A range of chunks of a file that others write to, too. Its chunks are counted from 0. */
export class PieceSink implements ChunkSink {
    private opening: Promise<SharedPartial> | undefined;
    private readonly writes = new Set<Promise<void>>();

    constructor(
        private readonly partials: SharedPartials,
        private readonly target: SharedTarget,
        private readonly writer: number,
        private readonly firstChunk: number
    ) {}

    writeChunk({ chunk, hash }: ChunkHash, bytes: Uint8Array): Promise<void> {
        const write: Promise<void> = this.open()
            .then(partial => partial.writeChunk({ chunk: this.firstChunk + chunk, hash }, bytes))
            .finally(() => this.writes.delete(write));
        this.writes.add(write);
        return write;
    }

    /** Holes were told when the file was opened. */
    writeHole(): Promise<void> {
        return noContent();
    }

    /** What came is on the disk and recorded. */
    async finish(): Promise<readonly LostFact[]> {
        const partial = await this.open();
        await partial.makeDurable();
        await this.release();
        return NOTHING_LOST;
    }

    /** What came stays: others may be using the file. */
    async abandon(): Promise<void> {
        await Promise.allSettled(this.writes);
        await this.release();
    }

    private open(): Promise<SharedPartial> {
        this.opening ??= this.partials.acquire(this.target, this.writer);
        return this.opening;
    }

    private async release(): Promise<void> {
        const opened = await this.opening?.catch(() => undefined);
        this.opening = undefined;
        if (opened) {
            await this.partials.release(this.target, this.writer);
        }
    }
}

/** The end of a file that several sessions wrote: proves that all of it is there and gives it its name. */
export class JoinSink implements ChunkSink {
    constructor(
        private readonly place: SharedPlace,
        private readonly target: SharedTarget,
        private readonly writers: readonly number[],
        private readonly attributes: FileAttributes
    ) {}

    writeChunk(): Promise<void> {
        return noContent();
    }

    writeHole(): Promise<void> {
        return noContent();
    }

    /** @throws ConnectError `transfer.verify-failed` when a chunk is recorded nowhere: the file is begun anew. */
    async finish(): Promise<readonly LostFact[]> {
        const { folder, name } = this.target;
        const found = await findPair(this.place, this.target);
        if (!found) {
            await this.expectJoined();
            return NOTHING_LOST;
        }
        await this.prove(found);
        const partialPath = joinPath(folder, found.names.partial);
        const file = await this.place.store.open(partialPath, 'write');
        let lost = NOTHING_LOST;
        try {
            lost = await this.complete(file, partialPath, joinPath(folder, name));
        } finally {
            await file.close();
        }
        await removeIfThere(this.place.store, joinPath(folder, found.names.checkpoint));
        for (const sibling of this.siblingNames()) {
            await removeIfThere(this.place.store, joinPath(folder, sibling));
        }
        return lost;
    }

    async abandon(): Promise<void> {
        // Nothing is open, and what is there is of use to the next attempt.
    }

    private async complete(file: OpenFile, partialPath: string, path: string): Promise<readonly LostFact[]> {
        const { identity } = this.target;
        const before = await file.stat();
        if (before.sizeBytes !== identity.sizeBytes) {
            await file.truncate(identity.sizeBytes);
        }
        await file.setTimes(accessTimeOf(this.attributes), this.attributes.mtimeNs);
        if (this.place.fsync === 'auto') {
            await file.sync(true);
        }
        const lost = await giveTo(this.attributes, (uid, gid) => file.setOwner(uid, gid));
        const named = await lstatIfThere(this.place.store, partialPath);
        if (named && isSameFile(named, before)) {
            await renamePartial(this.place.store, partialPath, path);
        } else {
            await expectRenamed(this.place.store, partialPath, path, before);
        }
        return lost;
    }

    private async prove({ names, partial, state }: FoundPair): Promise<void> {
        const { store, boot } = this.place;
        const { folder, name, identity } = this.target;
        const own = { partialPath: joinPath(folder, names.partial), partial };
        const siblings = await readSiblings(store, folder, name, this.siblingNames(), own, identity, boot);
        const there = new RangeSet();
        for (const map of [state, ...siblings.map(item => item.map)]) {
            chunksWithin(map, partial.sizeBytes)
                .ranges()
                .forEach(range => there.add(range.start, range.end));
        }
        const [gap] = there.gaps(0, chunkCount(identity.sizeBytes, identity.chunkBytes));
        if (gap) {
            throw new ConnectError('transfer.verify-failed', `Chunk ${gap.start} of ${name} is not in place`);
        }
    }

    private siblingNames(): string[] {
        return this.writers.map(writer => siblingName(this.target.name, writer, this.place.suffixes));
    }

    /** A session that is gone may have joined it before it could say so. */
    private async expectJoined(): Promise<void> {
        const { folder, name, identity } = this.target;
        const path = joinPath(folder, name);
        const source = { ...this.attributes, kind: 'file' as const, sizeBytes: identity.sizeBytes };
        const existing = await lstatIfThere(this.place.store, path);
        const verdict = decideOverwrite(source, existing, 'diff', 'attributes');
        if (verdict.action !== 'skip' || verdict.reason !== 'same') {
            throw new ConnectError('transfer.verify-failed', `The unfinished form of ${name} was taken away`);
        }
        for (const sibling of this.siblingNames()) {
            await removeIfThere(this.place.store, joinPath(folder, sibling));
        }
    }
}

function noContent(): Promise<never> {
    return Promise.reject(new ConnectError('internal', 'Only pieces carry content'));
}
