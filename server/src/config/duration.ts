import { ConnectError } from '@connect/base';

const UNIT_MS: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };

/**
 * Milliseconds of a duration such as `90s`, `30m`, `1h` or `7d`.
 * @throws ConnectError `usage`
 */
export function parseDurationMs(text: string): number {
    const match = /^(\d{1,6})([smhd])$/.exec(text.trim());
    const durationMs = match ? Number(match[1]) * UNIT_MS[match[2]] : 0;
    if (durationMs <= 0) {
        throw new ConnectError('usage', `"${text}" is not a duration; write for example 90s, 30m, 1h or 7d`);
    }
    return durationMs;
}
