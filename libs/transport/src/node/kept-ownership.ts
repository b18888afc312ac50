import { ConnectError } from '@connect/base';
import { LostFact, NOTHING_LOST, Ownership } from '../proto/kept-facts';

/** Whether anything is to be given to anybody. */
export function hasOwnership({ uid, gid }: Ownership): boolean {
    return uid !== undefined || gid !== undefined;
}

/** Whether something is to get more of its source than its time of last change and its permission bits. */
export function keepsMore(facts: Ownership & { readonly atimeNs?: bigint }): boolean {
    return facts.atimeNs !== undefined || hasOwnership(facts);
}

/** What is lost of it where nothing of it may be kept. */
export function lostOwnership({ uid, gid }: Ownership): readonly LostFact[] {
    return [
        ...(uid === undefined ? [] : ['owner' as const]),
        ...(gid === undefined ? [] : ['group' as const])
    ];
}

/**
 * Gives something to the owner and the group of its source, as far as this process may.
 * @param give -1 leaves it as it is
 * @returns what could not be done
 */
export async function giveTo(
    { uid, gid }: Ownership,
    give: (uid: number, gid: number) => Promise<void>
): Promise<readonly LostFact[]> {
    const tried = async (fact: LostFact, work: () => Promise<void>): Promise<readonly LostFact[]> => {
        try {
            await work();
            return NOTHING_LOST;
        } catch (error) {
            if (error instanceof ConnectError) {
                return [fact];
            }
            throw error;
        }
    };
    // The group first: who has given a file away may not do it any more.
    const group = gid === undefined ? NOTHING_LOST : await tried('group', () => give(-1, gid));
    const owner = uid === undefined ? NOTHING_LOST : await tried('owner', () => give(uid, -1));
    return group.length + owner.length === 0 ? NOTHING_LOST : [...owner, ...group];
}
