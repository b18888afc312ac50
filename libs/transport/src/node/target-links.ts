import { ConnectError } from '@connect/base';
import { EntryRecord, SkipReason } from '../proto/meta-records';
import { isGentle, OverwriteRule } from '../proto/overwrite-decision';
import { PartialSuffixes } from '../proto/partial-names';
import { joinPath, lastName, linkStaysInside } from '../proto/placement';
import { FileStore } from './file-store';
import { lstatIfThere, removeIfThere, uniqueNames } from './partial-files';
import { TargetFolder } from './target-folders';

/** By which links are made. */
export interface LinkRules {
    readonly store: FileStore;
    readonly overwrite: OverwriteRule;
    readonly suffixes: PartialSuffixes;
}

/**
 * Makes a symbolic link, or answers why there was nothing to do.
 * @throws ConnectError when it leads out of the destination, or what is there is in its way.
 */
export async function makeLink(
    { store, overwrite, suffixes }: LinkRules,
    entry: EntryRecord,
    folder: TargetFolder
): Promise<SkipReason | undefined> {
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
        return 'same';
    }
    if (existing && overwrite === 'never') {
        return 'exists';
    }
    if (existing && isGentle(overwrite)) {
        throw new ConnectError('transfer.target-differs', `${path} is there and is not this link`);
    }
    const partial = joinPath(folder.path, uniqueNames(name, suffixes).partial);
    await removeIfThere(store, partial);
    await store.makeLink(target, partial);
    await store.rename(partial, path);
    folder.touch();
    return undefined;
}
