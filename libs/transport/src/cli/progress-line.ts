import { formatCount, formatDuration, formatRate, formatSize } from '@connect/base';
import { FileProgress } from '../node/transfer-types';

const MIN_NAME_CHARS = 8;

/**
 * One line for a terminal of `columns` characters: percentage, bytes, rate, time left and the current file, which is
 * cut to what is left. Control characters in names are shown as `?`.
 */
export function progressLine(progress: FileProgress, rateBps: number, columns: number): string {
    const { bytesDone, bytesTotal, scanComplete } = progress;
    const share = scanComplete ? `${percent(bytesDone, bytesTotal)}%` : '...';
    const files =
        progress.filesTotal > 1
            ? `  ${formatCount(progress.filesDone)}/${formatCount(progress.filesTotal)} files`
            : '';
    const left = scanComplete ? formatDuration(remainingMs(progress, rateBps)) : '';
    const facts =
        `${share.padStart(4)}  ${formatSize(bytesDone)} of ${formatSize(bytesTotal)}${files}` +
        `  ${formatRate(rateBps)}${left === '' ? '' : `  ${left} left`}`;
    const room = columns - facts.length - 3;
    const name = room >= MIN_NAME_CHARS ? `  ${shorten(printable(progress.currentFile), room)}` : '';
    return (facts + name).slice(0, Math.max(0, columns - 1)).trimEnd();
}

/** Time until all known bytes are at the target at this rate; undefined while nothing moves. */
export function remainingMs(progress: FileProgress, rateBps: number): number | undefined {
    const left = progress.bytesTotal - progress.bytesDone;
    return left <= 0 ? 0 : rateBps > 0 ? (left * 8000) / rateBps : undefined;
}

/** Names may hold characters that move the cursor, turn the reading direction, or stand for no character at all. */
export function printable(text: string): string {
    return text.replace(/[\p{Cc}\p{Cs}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '?');
}

/** 100 only when it is all. */
function percent(done: number, total: number): number {
    return total === 0 || done >= total ? 100 : Math.floor((done * 100) / total);
}

function shorten(name: string, room: number): string {
    const chars = [...name];
    return chars.length <= room ? name : `…${chars.slice(chars.length - room + 1).join('')}`;
}
