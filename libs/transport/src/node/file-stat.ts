import { BigIntStats } from 'fs';
import { FileKind, FileStat } from './file-store';

interface Typed {
    isFile(): boolean;
    isDirectory(): boolean;
    isSymbolicLink(): boolean;
}

/** The kind of an entry of `node:fs` (Stats or Dirent). */
export function kindOf(entry: Typed): FileKind {
    return entry.isFile()
        ? 'file'
        : entry.isDirectory()
          ? 'directory'
          : entry.isSymbolicLink()
            ? 'symlink'
            : 'other';
}

export function toFileStat(stats: BigIntStats): FileStat {
    return {
        kind: kindOf(stats),
        sizeBytes: Number(stats.size),
        mtimeMs: Number(stats.mtimeNs) / 1e6,
        mtimeNs: stats.mtimeNs,
        mode: Number(stats.mode & 0o7777n),
        inode: stats.ino,
        device: stats.dev,
        uid: Number(stats.uid),
        gid: Number(stats.gid),
        atimeNs: stats.atimeNs,
        bornNs: stats.birthtimeNs,
        ...(process.platform === 'win32' ? {} : { allocatedBytes: Number(stats.blocks) * 512 })
    };
}

/**
 * Nanoseconds as `fs.utimes` wants them: seconds as a double, which today holds about a quarter of a microsecond, and
 * which some versions of libuv cut to whole microseconds. So the middle of the microsecond is asked for: what is set
 * is the same microsecond, whatever is cut; what lies below it is lost. Numbers below zero mean "now" to Node, a Date
 * does not; times before 1970 keep milliseconds.
 */
export function utimesArgument(timeNs: bigint): number | Date {
    return timeNs >= 0n ? (Number(timeNs / 1000n) + 0.5) / 1e6 : new Date(Number(timeNs / 1_000_000n));
}
