import { ConnectError } from '@connect/base';
import { EntryRecord, SkipReason } from '../proto/meta-records';
import { LostFact } from '../proto/kept-facts';
import { isGentle, OverwriteRule } from '../proto/overwrite-decision';
import { PartialSuffixes } from '../proto/partial-names';
import { joinPath, lastName, linkStaysInside } from '../proto/placement';
import { FileStore } from './file-store';
import { giveTo } from './kept-ownership';
import { lstatIfThere, removeIfThere, uniqueNames } from './partial-files';
import { TargetFolder } from './target-folders';

/** By which links are made. */
export interface LinkRules {
    readonly store: FileStore;
    readonly overwrite: OverwriteRule;
    readonly suffixes: PartialSuffixes;
}

/** What came of a link or a folder: why there was nothing to do, or what could not be kept of its source. */
export interface OtherOutcome {
    readonly skipped?: SkipReason;
    readonly lost?: readonly LostFact[];
}

/**
 * Makes a symbolic link.
 * @throws ConnectError when it leads out of the destination, or what is there is in its way.
 */
export async function makeLink(
    { store, overwrite, suffixes }: LinkRules,
    entry: EntryRecord,
    folder: TargetFolder
): Promise<OtherOutcome> {
    const target = entry.linkTarget!;
    if (!linkStaysInside(entry.path, target)) {
        throw new ConnectError(
            'transfer.outside-root',
            `${entry.path} is a link that leads out of the destination`
        );
    }
    const name = lastName(entry.path);
    const path = joinPath(folder.path, name);
    const existing = folder.isNew ? undefined : await lstatIfThere(store, path);
    if (existing?.kind === 'directory' || existing?.kind === 'other') {
        throw new ConnectError('transfer.exists', `${path} is there and is not a link`);
    }
    if (existing?.kind === 'symlink' && (await store.readLink(path)) === target) {
        return { skipped: 'same' };
    }
    if (existing && overwrite === 'never') {
        return { skipped: 'exists' };
    }
    if (existing && isGentle(overwrite)) {
        throw new ConnectError('transfer.target-differs', `${path} is there and is not this link`);
    }
    const partial = joinPath(folder.path, uniqueNames(name, suffixes).partial);
    await removeIfThere(store, partial);
    await store.makeLink(target, partial);
    if (entry.atimeNs !== undefined) {
        await store.setLinkTimes(partial, entry.atimeNs, entry.mtimeNs);
    }
    const lost = await giveTo(entry, (uid, gid) => store.setLinkOwner(partial, uid, gid));
    await store.rename(partial, path);
    folder.touch();
    return { lost };
}
