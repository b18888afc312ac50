import { decodePathBytes, encodePathBytes } from '@connect/base';
import { MAX_NAME_BYTES } from './placement';

/** How unfinished files and their checkpoints are named; as in aspera.conf. */
export interface PartialSuffixes {
    readonly partial: string;
    readonly checkpoint: string;
}

export const DEFAULT_SUFFIXES: PartialSuffixes = { partial: '.partial', checkpoint: '.aspera-ckpt' };

/** Names beside the finished file. */
export interface PartialNames {
    readonly partial: string;
    readonly checkpoint: string;
}

/** `NAME.partial`; undefined when that would be too long for a file system. */
export function plainNames(name: string, suffixes: PartialSuffixes): PartialNames | undefined {
    const names = { partial: name + suffixes.partial, checkpoint: name + suffixes.checkpoint };
    const tooLong = [names.partial, names.checkpoint].some(
        text => encodePathBytes(text).length > MAX_NAME_BYTES
    );
    return tooLong ? undefined : names;
}

/**
 * `NAME.TAG.partial`, with NAME cut to fit. `tag` is made from the whole name, so that nothing else is called so; used
 * where the plain name is too long or taken, and always for files of one chunk.
 */
export function taggedNames(name: string, tag: string, suffixes: PartialSuffixes): PartialNames {
    const longest = Math.max(
        ...[suffixes.partial, suffixes.checkpoint].map(text => encodePathBytes(text).length)
    );
    const stem = `${cutName(name, MAX_NAME_BYTES - longest - tag.length - 1)}.${tag}`;
    return { partial: stem + suffixes.partial, checkpoint: stem + suffixes.checkpoint };
}

/** At most `maxBytes` of a name, without cutting a character of UTF-8 in two. */
function cutName(name: string, maxBytes: number): string {
    const bytes = encodePathBytes(name);
    if (bytes.length <= maxBytes) {
        return name;
    }
    let end = maxBytes;
    while (end > 0 && (bytes[end]! & 0xc0) === 0x80) {
        end -= 1;
    }
    return decodePathBytes(bytes.subarray(0, end));
}
