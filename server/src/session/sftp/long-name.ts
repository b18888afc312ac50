import { FileStat } from '@connect/transport/lib/node/file-store';
import { Attributes } from './sftp-codec';

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000, other: 0o010000 } as const;
const TYPE_LETTERS = { file: '-', directory: 'd', symlink: 'l', other: 'p' } as const;
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const HALF_YEAR_MS = 182 * 86_400_000;

/** The facts of a file as SFTP carries them: times are unsigned 32-bit seconds. */
export function toAttributes(stat: FileStat): Attributes {
    return {
        sizeBytes: stat.sizeBytes,
        uid: stat.uid,
        gid: stat.gid,
        mode: TYPE_BITS[stat.kind] | stat.mode,
        atimeSec: seconds(Number(stat.atimeNs / 1_000_000n)),
        mtimeSec: seconds(stat.mtimeMs)
    };
}

/** A line as `ls -l` prints it, in UTC. */
export function longName(name: string, stat: FileStat, nowMs: number): string {
    const bits = [...'rwxrwxrwx']
        .map((letter, index) => (stat.mode & (0o400 >> index) ? letter : '-'))
        .join('');
    const owner = `${String(stat.uid).padEnd(8)} ${String(stat.gid).padEnd(8)}`;
    const size = String(stat.sizeBytes).padStart(12);
    return `${TYPE_LETTERS[stat.kind]}${bits}    1 ${owner} ${size} ${listedTime(stat.mtimeMs, nowMs)} ${name}`;
}

function listedTime(timeMs: number, nowMs: number): string {
    const time = new Date(timeMs);
    const two = (value: number): string => String(value).padStart(2, '0');
    const day = `${MONTHS[time.getUTCMonth()]} ${String(time.getUTCDate()).padStart(2)}`;
    const isRecent = timeMs <= nowMs && nowMs - timeMs < HALF_YEAR_MS;
    const rest = isRecent
        ? `${two(time.getUTCHours())}:${two(time.getUTCMinutes())}`
        : String(time.getUTCFullYear()).padStart(5);
    return `${day} ${rest}`;
}

function seconds(timeMs: number): number {
    return Math.min(Math.max(0, Math.floor(timeMs / 1000)), 0xffffffff);
}
