import { ConnectError } from '@connect/base';
import { MAX_NUMBERED_NAMES, numberedName } from '../proto/numbered-name';
import { joinPath } from '../proto/placement';
import type { EarlyChecks } from './early-checks';
import { FileDecider, FileDecision } from './file-decider';
import { IncomingFile } from './incoming-file';
import { PathClaims } from './path-claims';
import { TargetFolder } from './target-folders';

/**
 * Claims the file's name, or with `mayRename` the first one beside it that is free or holds the same file already,
 * leaves it in `file.name`, and decides what is done under it. With `mayRename` not to be called for two files at
 * once: each would take names for used that the other one only looks at.
 * @throws ConnectError when the file cannot be received under any name.
 */
export async function decideUnderName(
    file: IncomingFile,
    folder: TargetFolder,
    claims: PathClaims,
    decider: FileDecider,
    mayRename: boolean,
    early: EarlyChecks
): Promise<Exclude<FileDecision, { action: 'rename' }>> {
    const plainName = file.name;
    for (let number = 1; number <= MAX_NUMBERED_NAMES; number++) {
        file.name = numberedName(plainName, number);
        try {
            await claims.claimTarget(file, joinPath(folder.path, file.name));
        } catch (error) {
            if (mayRename && ConnectError.is(error, 'transfer.exists')) {
                continue;
            }
            throw error;
        }
        const decision = await decider.decide(folder, file.name, file.content, early, file.isContested);
        if (decision.action !== 'rename') {
            return decision;
        }
        claims.release(file);
    }
    throw new ConnectError('transfer.exists', `There are too many files beside ${file.entry.path}`);
}
