import { CounterSample } from './statistics';

/** What crossed the emulated link from client to server, as running counters. */
export interface LinkTrace {
    readonly offered: readonly CounterSample[];
    readonly tcpOut: readonly CounterSample[];
    readonly udpOut: readonly CounterSample[];
}

/**
 * Reads the emulator's trace: lines of microseconds since 1970 and, for each direction, bytes in, TCP bytes out, UDP
 * bytes out. A line that is not complete yet is left out, and what was before a reset of the counters too.
 */
export function parseTrace(text: string): LinkTrace {
    const lines = text
        .slice(0, text.lastIndexOf('\n') + 1)
        .split('\n')
        .filter(Boolean);
    let rows = lines.map(line => line.split(' ').map(Number));
    const reset = rows.findLastIndex((row, i) => i > 0 && row[1] < rows[i - 1][1]);
    rows = rows.slice(Math.max(0, reset));
    const column = (index: number): CounterSample[] =>
        rows.map(row => ({ atMs: row[0] / 1000, bytes: row[index] }));
    return { offered: column(1), tcpOut: column(2), udpOut: column(3) };
}
