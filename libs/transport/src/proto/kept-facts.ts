import { ByteReader, ByteWriter, malformed } from './wire-bytes';

/**
 * Facts of the sources that a transfer keeps when it is asked to. Times of last change and permission bits are always
 * kept.
 */
export interface KeepRules {
    /** Files, folders and links get the time of last access that their source had before it was read. */
    readonly accessTime?: boolean;
    /** Reading the sources does not change theirs. */
    readonly sourceAccessTime?: boolean;
    /** Files, folders and links get the number of their source's owner, or of its group. */
    readonly owner?: boolean;
    readonly group?: boolean;
}

export const KEEP_RULES = ['accessTime', 'sourceAccessTime', 'owner', 'group'] as const;

/** Numbers of owner and group; what is left out stays as it comes about. */
export interface Ownership {
    /** In [0, 2³² − 1). */
    readonly uid?: number;
    readonly gid?: number;
}

/** A fact that was to be kept and could not be. The places of these are their bits in a record. */
export type LostFact = 'access-time' | 'source-access-time' | 'owner' | 'group';
const LOST_FACTS: readonly LostFact[] = ['access-time', 'source-access-time', 'owner', 'group'];

/** All was kept. */
export const NOTHING_LOST: readonly LostFact[] = [];

/** Both lists without what stands in them twice. */
export function allLost(some: readonly LostFact[], more: readonly LostFact[]): readonly LostFact[] {
    return LOST_FACTS.filter(fact => some.includes(fact) || more.includes(fact));
}

/** The largest is no number: it means that there is none. */
const MAX_ID = 2 ** 32 - 2;

/** Both numbers, each by one more than it is: 0 where there is none. */
export function encodeOwnership(writer: ByteWriter, { uid, gid }: Ownership): void {
    writer.varint(uid === undefined ? 0 : uid + 1).varint(gid === undefined ? 0 : gid + 1);
}

/** @throws ConnectError `transfer.protocol`. */
export function decodeOwnership(reader: ByteReader): Ownership {
    const uid = reader.varint('owner', MAX_ID + 1);
    const gid = reader.varint('group', MAX_ID + 1);
    return { ...(uid === 0 ? {} : { uid: uid - 1 }), ...(gid === 0 ? {} : { gid: gid - 1 }) };
}

export function encodeLostFacts(writer: ByteWriter, facts: readonly LostFact[]): void {
    writer.u8(facts.reduce((bits, fact) => bits | (1 << LOST_FACTS.indexOf(fact)), 0));
}

/** @throws ConnectError `transfer.protocol`. */
export function decodeLostFacts(reader: ByteReader): readonly LostFact[] {
    const bits = reader.u8();
    if (bits === 0 || bits >= 1 << LOST_FACTS.length) {
        throw malformed('facts that were not kept');
    }
    return LOST_FACTS.filter((_, place) => bits & (1 << place));
}
