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
 * where the plain name is too long or taken.
 */
export function taggedNames(name: string, tag: string, suffixes: PartialSuffixes): PartialNames {
    const stem = taggedStem(name, tag, suffixes);
    return { partial: stem + suffixes.partial, checkpoint: stem + suffixes.checkpoint };
}

function taggedStem(name: string, tag: string, suffixes: PartialSuffixes): string {
    return `${cutName(name, MAX_NAME_BYTES - longestBytes(suffixes) - tag.length - 1)}.${tag}`;
}

/** Those of a run are the same for all of its files. */
let measured: { readonly suffixes: PartialSuffixes; readonly bytes: number } | undefined;

function longestBytes(suffixes: PartialSuffixes): number {
    if (measured?.suffixes !== suffixes) {
        const lengths = [suffixes.partial, suffixes.checkpoint].map(text => encodePathBytes(text).length);
        measured = { suffixes, bytes: Math.max(...lengths) };
    }
    return measured.bytes;
}

/** Digits of a tag that say something; see {@link smallNames}. */
export const NAME_TAG_DIGITS = 16;
export const SOURCE_TAG_DIGITS = 8;
export const VARIANT_DIGITS = 8;

/** How partial files of one chunk are called. */
export interface SmallNames {
    /** What all of the same NAME begin with, whichever version of the source they hold. */
    readonly ofName: string;
    /** What all of this version of the source begin with. */
    readonly ofSource: string;
    readonly suffix: string;
    /** Name with this variant, `VARIANT_DIGITS` long: several runs may write the same file at a time. */
    variant(digits: string): string;
}

/** The variant that is tried first. */
export const FIRST_VARIANT = '0'.repeat(VARIANT_DIGITS);

/** `CUT.NAMETAG SOURCETAG VARIANT.partial` without the spaces; both tags are hexadecimal. */
export function smallNames(
    name: string,
    nameTag: string,
    sourceTag: string,
    suffixes: PartialSuffixes
): SmallNames {
    const ofSource = taggedStem(name, nameTag + sourceTag + FIRST_VARIANT, suffixes).slice(
        0,
        -VARIANT_DIGITS
    );
    return {
        ofName: ofSource.slice(0, -sourceTag.length),
        ofSource,
        suffix: suffixes.partial,
        variant: digits => ofSource + digits + suffixes.partial
    };
}

/** The first {@link SmallNames.variant}, which is all that is asked for nearly always. */
export function firstSmallName(
    name: string,
    nameTag: string,
    sourceTag: string,
    suffixes: PartialSuffixes
): string {
    return taggedStem(name, nameTag + sourceTag + FIRST_VARIANT, suffixes) + suffixes.partial;
}

/** Whether `other` is a partial file whose name begins with `stem`, one of the stems of `names`. */
export function isSmallName(other: string, stem: string, names: SmallNames): boolean {
    return (
        other.startsWith(stem) &&
        other.endsWith(names.suffix) &&
        other.length === names.ofSource.length + VARIANT_DIGITS + names.suffix.length
    );
}

/** Bytes that one unit of a JavaScript string becomes at most. */
const MAX_BYTES_PER_UNIT = 3;

/** At most `maxBytes` of a name, without cutting a character of UTF-8 in two. */
function cutName(name: string, maxBytes: number): string {
    if (name.length * MAX_BYTES_PER_UNIT <= maxBytes) {
        return name;
    }
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
