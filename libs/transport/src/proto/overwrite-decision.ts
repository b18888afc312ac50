import { ErrorCode } from '@connect/base';
import { EntryKind, SkipReason } from './meta-records';

/**
 * What to do with a file that exists at the target: as ascp's `--overwrite`, and three more that replace nothing. With
 * `report` a file that differs fails with `transfer.target-differs`, for somebody to decide; with `rename` the new one
 * lands beside it under a name with a number; with `resume` one that is the beginning of the source is completed, and
 * any other fails as with `report`.
 */
export type OverwriteRule =
    'never' | 'always' | 'diff' | 'older' | 'diff+older' | 'report' | 'rename' | 'resume';

/** All rules, for whoever checks what comes from outside. */
export const OVERWRITE_RULES: readonly OverwriteRule[] = [
    'never',
    'always',
    'diff',
    'older',
    'diff+older',
    'report',
    'rename',
    'resume'
];
/** Those that replace nothing, and do not pass over what differs either. */
export type GentleRule = Extract<OverwriteRule, 'report' | 'rename' | 'resume'>;

export function isGentle(rule: OverwriteRule): rule is GentleRule {
    return rule === 'report' || rule === 'rename' || rule === 'resume';
}

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
    /** No longer than the source: to be completed if it is the beginning of that. */
    | { readonly action: 'continue' }
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
    if (isGentle(rule)) {
        return decideWithoutReplacing(source, existing, rule, level);
    }
    if (rule !== 'diff' && source.mtimeNs - existing.mtimeNs < TIME_TOLERANCE_NS) {
        return { action: 'skip', reason: sameFile(source, existing) ? 'same' : 'not-older' };
    }
    return rule === 'older' ? { action: 'send' } : decideByDifference(source, existing, level);
}

/**
 * Whether a run by this rule gives an empty file that it finds in the place of an equal one the time of its source, so
 * that a run may make such a file under its name and be cut off before it sets the time.
 */
export function mendsTimes(rule: OverwriteRule, level: ResumeLevel): boolean {
    return rule === 'always' || rule === 'diff' || (rule === 'resume' && level !== 'none');
}

function decideWithoutReplacing(
    source: { readonly sizeBytes: number; readonly mtimeNs: bigint },
    existing: ExistingTarget,
    rule: GentleRule,
    level: ResumeLevel
): OverwriteVerdict {
    if (existing.kind === 'file' && sameFile(source, existing)) {
        return { action: 'skip', reason: 'same' };
    }
    if (rule === 'rename') {
        return { action: 'rename' };
    }
    const isShorter = existing.kind === 'file' && existing.sizeBytes <= source.sizeBytes;
    if (rule === 'resume' && level !== 'none' && isShorter) {
        return { action: 'continue' };
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
