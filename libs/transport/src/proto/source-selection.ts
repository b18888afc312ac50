import { compileGlob, GlobPattern } from './glob-pattern';

/** Says whether what a pattern matches is sent. The first rule that matches counts. */
export interface FilterRule {
    readonly include: boolean;
    readonly pattern: string;
}

/** Which of the sources are sent, and of what is in them. JSON-safe. */
export interface SelectionRules {
    readonly filters: readonly FilterRule[];
    /** Files changed after this are left out; seconds since 1970. */
    readonly newestSeconds?: number;
    /** Files changed before this are left out; seconds since 1970. */
    readonly oldestSeconds?: number;
    /** Devices, sockets and pipes are left out without a word, instead of being reported as failed. */
    readonly skipSpecial: boolean;
}

/** Bounds of what a peer may ask for: they bound the work per file. */
export const MAX_FILTERS = 256;
/** Of one pattern, UTF-16 units. */
export const MAX_PATTERN_LENGTH = 1024;
/** Of all patterns together, UTF-16 units. */
export const MAX_FILTER_LENGTH = 16_384;

/** The rules, ready to be asked. */
export class SourceSelection {
    private readonly filters: ReadonlyArray<{ readonly include: boolean; readonly glob: GlobPattern }>;

    constructor(readonly rules: SelectionRules) {
        this.filters = rules.filters.map(({ include, pattern }) => ({ include, glob: compileGlob(pattern) }));
    }

    /** @param path below the root of what is sent: with the name of the source, unless only its content is sent */
    admitsName(path: string, isFolder: boolean): boolean {
        return this.filters.find(({ glob }) => glob.matches(path, isFolder))?.include ?? true;
    }

    /** Of a file; folders have no time here. */
    admitsTime(mtimeNs: bigint): boolean {
        const { newestSeconds, oldestSeconds } = this.rules;
        return (
            (newestSeconds === undefined || mtimeNs <= nanoseconds(newestSeconds)) &&
            (oldestSeconds === undefined || mtimeNs >= nanoseconds(oldestSeconds))
        );
    }
}

function nanoseconds(seconds: number): bigint {
    return BigInt(seconds) * 1_000_000_000n;
}
