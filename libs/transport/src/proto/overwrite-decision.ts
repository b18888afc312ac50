import { ErrorCode } from '@connect/base';
import { EntryKind, SkipReason } from './meta-records';

/**
 * What to do with a file that exists at the target: as ascp's `--overwrite`, and two more that replace nothing. With
 * `report` a file that differs fails with `transfer.target-differs`, for somebody to decide; with `rename` the new one
 * lands beside it under a name with a number.
 */
export type OverwriteRule = 'never' | 'always' | 'diff' | 'older' | 'diff+older' | 'report' | 'rename';

/** All rules, for whoever checks what comes from outside. */
export const OVERWRITE_RULES: readonly OverwriteRule[] = [
    'never',
    'always',
    'diff',
    'older',
    'diff+older',
    'report',
    'rename'
];
/** How far existing bytes are trusted: as ascp's `-k` 0 to 3. */
export type ResumeLevel = 'none' | 'attributes' | 'sparse-checksum' | 'full-checksum';

/** What is at the target's name now. */
export interface ExistingTarget {
    readonly kind: EntryKind | 'other';
    readonly sizeBytes: number;
    readonly mtimeNs: bigint;
}

export type OverwriteVerdict =
    | { readonly action: 'send' }
    | { readonly action: 'skip'; readonly reason: SkipReason }
    /** Equal as far as attributes tell; the content decides: of some chunks, or of all. */
    | { readonly action: 'compare'; readonly sample: boolean }
    | { readonly action: 'rename' }
    | { readonly action: 'fail'; readonly code: ErrorCode; readonly message: string };

/**
 * Times are written through functions that take seconds as a double, which holds about 0.24 µs today; so two times
 * less than a microsecond apart are the same.
 */
const TIME_TOLERANCE_NS = 1000n;

/** Decides for one file. Pure: `existing` is undefined when nothing is there. */
export function decideOverwrite(
    source: { readonly sizeBytes: number; readonly mtimeNs: bigint },
    existing: ExistingTarget | undefined,
    rule: OverwriteRule,
    level: ResumeLevel
): OverwriteVerdict {
    if (existing === undefined) {
        return { action: 'send' };
    }
    if (existing.kind === 'directory') {
        return { action: 'fail', code: 'transfer.is-a-directory', message: 'There is a folder of this name' };
    }
    if (existing.kind === 'other') {
        // A device or a pipe is never replaced: whoever put it there did not mean it as a place for a file.
        return {
            action: 'fail',
            code: 'transfer.exists',
            message: 'Something that is not a file has this name'
        };
    }
    if (rule === 'never') {
        return { action: 'skip', reason: 'exists' };
    }
    if (rule === 'always') {
        return { action: 'send' };
    }
    if (rule === 'report' || rule === 'rename') {
        return decideWithoutReplacing(source, existing, rule);
    }
    if (rule !== 'diff' && source.mtimeNs - existing.mtimeNs < TIME_TOLERANCE_NS) {
        return { action: 'skip', reason: sameFile(source, existing) ? 'same' : 'not-older' };
    }
    return rule === 'older' ? { action: 'send' } : decideByDifference(source, existing, level);
}

function decideWithoutReplacing(
    source: { readonly sizeBytes: number; readonly mtimeNs: bigint },
    existing: ExistingTarget,
    rule: 'report' | 'rename'
): OverwriteVerdict {
    if (existing.kind === 'file' && sameFile(source, existing)) {
        return { action: 'skip', reason: 'same' };
    }
    if (rule === 'rename') {
        return { action: 'rename' };
    }
    return {
        action: 'fail',
        code: 'transfer.target-differs',
        message: 'Something that differs has this name'
    };
}

function decideByDifference(
    source: { readonly sizeBytes: number; readonly mtimeNs: bigint },
    existing: ExistingTarget,
    level: ResumeLevel
): OverwriteVerdict {
    // The content of a link is not compared: the link is replaced by the file.
    if (level === 'none' || existing.kind !== 'file' || source.sizeBytes !== existing.sizeBytes) {
        return { action: 'send' };
    }
    if (level === 'full-checksum') {
        return { action: 'compare', sample: false };
    }
    // A sample proves nothing about a file that was touched: then it is sent.
    if (!sameFile(source, existing)) {
        return { action: 'send' };
    }
    return level === 'attributes' ? { action: 'skip', reason: 'same' } : { action: 'compare', sample: true };
}

function sameFile(source: { sizeBytes: number; mtimeNs: bigint }, existing: ExistingTarget): boolean {
    const apart = source.mtimeNs - existing.mtimeNs;
    return source.sizeBytes === existing.sizeBytes && apart < TIME_TOLERANCE_NS && apart > -TIME_TOLERANCE_NS;
}
