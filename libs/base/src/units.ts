import { ConnectError } from './connect-error';

const RATE_SUFFIX: Readonly<Record<string, number>> = { '': 1e3, K: 1e3, M: 1e6, G: 1e9 };
const RATE_UNITS = ['bps', 'Kbps', 'Mbps', 'Gbps', 'Tbps'];
const SIZE_UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/**
 * Bits per second of a rate as the ascp family writes it: a number and K, M or G (decimal); a bare number is Kbit/s.
 * @throws ConnectError `usage` when the text is not such a rate.
 */
export function parseRateBps(text: string): number {
    const match = /^(\d+(?:\.\d+)?)\s*([KMG]?)$/i.exec(text.trim());
    const factor = match && RATE_SUFFIX[match[2]!.toUpperCase()];
    if (!match || factor === undefined || factor === null) {
        throw new ConnectError('usage', `"${text}" is not a rate; write for example 300M or 50000`);
    }
    return Math.round(Number(match[1]) * factor);
}

/** For people: decimal prefixes, three significant digits, e.g. `612 Mbps`. */
export function formatRate(bitsPerSec: number): string {
    return withPrefix(bitsPerSec, RATE_UNITS);
}

/** For people: bytes with decimal prefixes, e.g. `8.1 GB`. */
export function formatSize(sizeBytes: number): string {
    return withPrefix(sizeBytes, SIZE_UNITS);
}

/** For people: a whole number with a comma between thousands, e.g. `1,000,000`. */
export function formatCount(count: number): string {
    return String(Math.round(count)).replace(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** For people: `1:40`, `2:03:09`. Negative or unknown durations give an empty text. */
export function formatDuration(durationMs: number | undefined): string {
    if (durationMs === undefined || !Number.isFinite(durationMs) || durationMs < 0) {
        return '';
    }
    const totalSec = Math.round(durationMs / 1000);
    const two = (value: number): string => String(value).padStart(2, '0');
    const hours = Math.floor(totalSec / 3600);
    const minutes = Math.floor(totalSec / 60) % 60;
    const head = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
    return `${head}:${two(totalSec % 60)}`;
}

export const bitsToBytesPerSec = (bitsPerSec: number): number => bitsPerSec / 8;
export const bytesToBitsPerSec = (bytesPerSec: number): number => bytesPerSec * 8;

function withPrefix(value: number, units: readonly string[]): string {
    let scaled = Math.max(0, value);
    let index = 0;
    // 999.5 would print as 1000 of the smaller unit
    while (scaled >= 999.5 && index < units.length - 1) {
        scaled /= 1000;
        index += 1;
    }
    const digits = index === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
    const text = digits > 0 ? scaled.toFixed(digits).replace(/\.?0+$/, '') : String(Math.round(scaled));
    return `${text} ${units[index]}`;
}
