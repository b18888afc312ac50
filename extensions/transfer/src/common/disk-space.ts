/** What a file system has, in bytes; `freeBytes` is what this user may take of it. */
export interface DiskSpace {
    readonly freeBytes: number;
    readonly totalBytes: number;
}

/** Once short, this many percent more must be free: transfers would start and stop with every file otherwise. */
const EASE_PERCENT = 1;

/** Whether automatic transfers must wait for room. @param thresholdPercent 0 to 100; 0 for never */
export function isSpaceShort(space: DiskSpace, thresholdPercent: number, wasShort: boolean): boolean {
    if (thresholdPercent <= 0 || space.totalBytes <= 0) {
        return false;
    }
    const needed = Math.min(100, wasShort ? thresholdPercent + EASE_PERCENT : thresholdPercent);
    return (space.freeBytes / space.totalBytes) * 100 < needed;
}
