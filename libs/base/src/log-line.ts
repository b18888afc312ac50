import { redacted } from './redact';

/** Most urgent first. */
export const LOG_LEVELS = ['error', 'warn', 'info', 'debug', 'trace'] as const;
/** How much a line matters. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** How much a log tells: errors and warnings always. */
export type LogThreshold = 'info' | 'debug' | 'trace';

/** One line of a log. */
export interface LogEvent {
    /** Epoch ms. */
    readonly atMs: number;
    readonly level: LogLevel;
    /** Who says it, e.g. `queue`. */
    readonly component: string;
    /** The transfer that it is about. */
    readonly jobId?: string;
    readonly text: string;
}

/** Longer texts lose their end: a log is for reading. */
export const MAX_LOG_TEXT = 16_384;

const CUT_MARGIN = 4_096;
const NO_JOB = '-';
const LEVEL_WIDTH = 5;
const LINE = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ([A-Z]+) +(\S+) (\S+) (.*)$/;

/** Whether a line of `level` belongs into a log that tells as much as `threshold`. */
export function isLogged(level: LogLevel, threshold: LogThreshold): boolean {
    return LOG_LEVELS.indexOf(level) <= LOG_LEVELS.indexOf(threshold);
}

/**
 * `TIME LEVEL component job text`, without a line end: ISO time in UTC, `-` where there is no job. Whatever the text
 * holds, it is one line of printable characters and shows no secret that {@link redacted} knows. Format:
 * docs/guides/logs.md.
 */
export function logLine({ atMs, level, component, jobId, text }: LogEvent): string {
    // what is cut off does not have to be read, but a secret across the cut must still be seen as one
    const whole = oneLine(redacted(text.slice(0, MAX_LOG_TEXT + CUT_MARGIN)));
    const kept = whole.length > MAX_LOG_TEXT ? `${whole.slice(0, MAX_LOG_TEXT)}… (cut)` : whole;
    const head = [new Date(atMs).toISOString(), level.toUpperCase().padEnd(LEVEL_WIDTH)];
    return [...head, word(component), word(jobId ?? ''), kept].join(' ');
}

/** What {@link logLine} wrote; undefined for anything else. The text is as it stands in the line. */
export function parseLogLine(line: string): LogEvent | undefined {
    const [, time, name, component, job, text] = LINE.exec(line) ?? [];
    const level = LOG_LEVELS.find(each => each.toUpperCase() === name);
    if (time === undefined || component === undefined || text === undefined || level === undefined) {
        return undefined;
    }
    const event = { atMs: Date.parse(time), level, component, text };
    return job === undefined || job === NO_JOB ? event : { ...event, jobId: job };
}

function word(text: string): string {
    return oneLine(text).replace(/ /g, '_') || NO_JOB;
}

/** Control characters would end the line, or move the cursor of who looks at it in a terminal. */
function oneLine(text: string): string {
    return text
        .replace(/\r?\n/g, '\\n')
        .replace(
            /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
            control => `\\x${control.charCodeAt(0).toString(16).padStart(2, '0')}`
        );
}
