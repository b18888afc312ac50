import {
    MAX_FILTER_LENGTH,
    MAX_FILTERS,
    MAX_PATTERN_LENGTH,
    SelectionRules
} from '../proto/source-selection';
import { KEEP_RULES, KeepRules } from '../proto/kept-facts';
import { RemovalRules } from '../node/source-removal';
import { RawOptions } from './option-table';
import { usage } from './usage';

/**
 * Which of the sources are sent; undefined when all are.
 * @param nowSeconds since 1970
 * @throws ConnectError `usage`
 */
export function selectionRules(raw: RawOptions, nowSeconds: number): SelectionRules | undefined {
    const given = [...(raw.include ?? []), ...(raw.exclude ?? [])].sort(
        (one, other) => one.order - other.order
    );
    const filters = given.map(({ include, pattern }) => ({ include, pattern }));
    const newestSeconds = seconds('--exclude-newer-than', raw.excludeNewerThan, nowSeconds);
    const oldestSeconds = seconds('--exclude-older-than', raw.excludeOlderThan, nowSeconds);
    const skipSpecial = raw.skipSpecialFiles ?? false;
    const length = filters.reduce((sum, { pattern }) => sum + pattern.length, 0);
    if (filters.some(({ pattern }) => pattern === '' || pattern.length > MAX_PATTERN_LENGTH)) {
        throw usage(`-E, -N: a pattern has 1 to ${MAX_PATTERN_LENGTH} characters`);
    }
    if (filters.length > MAX_FILTERS || length > MAX_FILTER_LENGTH) {
        const most = `${MAX_FILTERS} patterns, and ${MAX_FILTER_LENGTH} characters`;
        throw usage(`-E, -N: no more than ${most} in all of them`);
    }
    const isAll = newestSeconds === undefined && oldestSeconds === undefined && !skipSpecial;
    if (isAll && filters.length === 0) {
        return undefined;
    }
    return {
        filters,
        ...(newestSeconds === undefined ? {} : { newestSeconds }),
        ...(oldestSeconds === undefined ? {} : { oldestSeconds }),
        skipSpecial
    };
}

/** What of the sources is removed; undefined when nothing is. @throws ConnectError `usage` */
export function removalRules(raw: RawOptions, isOfSeveral: boolean): RemovalRules | undefined {
    const files = raw.removeAfterTransfer ?? false;
    const emptyFolders = raw.removeEmptyDirectories ?? false;
    const sourceFolders = raw.removeEmptySourceDirectory ?? false;
    if (sourceFolders && !emptyFolders) {
        throw usage('--remove-empty-source-directory needs --remove-empty-directories');
    }
    if (!files && !emptyFolders) {
        return undefined;
    }
    if (isOfSeveral) {
        throw usage(
            'Several sessions do not remove their sources: leave --sessions and -C out, or the removal'
        );
    }
    return { files, emptyFolders, sourceFolders };
}

/** What is kept of the sources beside what always is; undefined when that is all. */
export function keepRules(raw: RawOptions): KeepRules | undefined {
    const rules = {
        accessTime: raw.p ?? raw.preserveTimes ?? raw.preserveAccessTime,
        sourceAccessTime: raw.preserveSourceAccessTime,
        owner: raw.preserveFileOwnerUid,
        group: raw.preserveFileOwnerGid
    };
    const asked = KEEP_RULES.filter(rule => rules[rule]);
    return asked.length === 0 ? undefined : Object.fromEntries(asked.map(rule => [rule, true]));
}

/** As ascp: below zero it is counted back from now. */
function seconds(option: string, text: string | undefined, nowSeconds: number): number | undefined {
    if (text === undefined) {
        return undefined;
    }
    if (!/^-?\d{1,12}$/.test(text)) {
        const meaning = 'seconds since 1970, or with a minus sign seconds before now';
        throw usage(`${option}: "${text}" is no time: ${meaning}`);
    }
    return text.startsWith('-') ? Math.floor(nowSeconds) + Number(text) : Number(text);
}
