/** What proves content. Every one has 32 bytes. */
export type HashAlgorithm = 'sha256' | 'blake3';

/** All that the formats know; checkpoints hold the place in this list. */
export const HASH_ALGORITHMS: readonly HashAlgorithm[] = ['sha256', 'blake3'];

/** What both ends always know; the meaning of a peer or a file that names none. */
export const COMMON_HASH: HashAlgorithm = 'sha256';

/**
 * The first of ours that the peer knows as well.
 * @param ours in order of preference
 * @param theirs what the peer says, unchecked; one that says nothing sensible knows {@link COMMON_HASH} alone
 */
export function chooseHash(ours: readonly HashAlgorithm[], theirs: unknown): HashAlgorithm {
    const known: readonly unknown[] = Array.isArray(theirs) ? theirs : [];
    return ours.find(name => known.includes(name)) ?? COMMON_HASH;
}
