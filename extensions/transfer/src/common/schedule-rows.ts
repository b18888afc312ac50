import { parseSchedule, ruleIndexAt, type ScheduleRule } from './bandwidth-schedule';
import { DAY_MINUTES, WEEKDAYS, type Weekday } from './local-time';
import { parseNumber } from './setting-values';

/** Days in the order that the editor has, Monday first. */
export const WEEK: readonly Weekday[] = [...WEEKDAYS.slice(1), WEEKDAYS[0]];

/** One line of the schedule as it is edited: everything but the days is text, as it was typed. */
export interface ScheduleRow {
    readonly days: readonly Weekday[];
    readonly from: string;
    readonly to: string;
    /** Mbps; empty for none. */
    readonly upload: string;
    readonly download: string;
    readonly automaticUpload: string;
    readonly automaticDownload: string;
}

export type LimitField = 'upload' | 'download' | 'automaticUpload' | 'automaticDownload';

export const LIMIT_FIELDS: readonly LimitField[] = [
    'upload',
    'download',
    'automaticUpload',
    'automaticDownload'
];

/** What a new line begins with: the hours that offices have. */
export const NEW_ROW: ScheduleRow = {
    days: WEEK.slice(0, 5),
    from: '08:00',
    to: '18:00',
    upload: '',
    download: '',
    automaticUpload: '',
    automaticDownload: ''
};

/** What is wrong with a line, by field; empty when nothing is. */
export type RowComplaints = Readonly<Partial<Record<keyof ScheduleRow, string>>>;

/** Part of a day in which one rule holds; minutes, `to` excluded. */
export interface WeekSegment {
    readonly from: number;
    readonly to: number;
    /** Which rule, counted from 0. */
    readonly rule: number;
}

const MAX_LIMIT = 100_000;

/** The lines of a setting, whatever it holds: what cannot be read is shown as it is, to be mended. */
export function rowsOf(value: unknown): ScheduleRow[] {
    return (Array.isArray(value) ? value : []).map((item: unknown) => {
        const raw = (typeof item === 'object' && item !== null ? item : {}) as Record<string, unknown>;
        const named: readonly unknown[] = Array.isArray(raw.days) ? raw.days : WEEK;
        const limit = (field: LimitField): string =>
            typeof raw[field] === 'number' && raw[field] > 0 ? String(raw[field]) : '';
        return {
            days: WEEK.filter(day => named.includes(day)),
            from: timeText(raw.from),
            to: timeText(raw.to),
            upload: limit('upload'),
            download: limit('download'),
            automaticUpload: limit('automaticUpload'),
            automaticDownload: limit('automaticDownload')
        };
    });
}

/** The setting that lines stand for; to be kept only when {@link complaintsAbout} has none about any of them. */
export function scheduleOf(rows: readonly ScheduleRow[]): object[] {
    return rows.map(row => {
        const limits = LIMIT_FIELDS.flatMap(field => {
            const value = parseNumber(row[field], undefined);
            return value === undefined || value === 0 ? [] : [[field, value] as const];
        });
        return {
            ...(row.days.length === WEEK.length ? {} : { days: [...row.days] }),
            from: paddedTime(row.from),
            to: paddedTime(row.to),
            ...Object.fromEntries(limits)
        };
    });
}

export function complaintsAbout(row: ScheduleRow): RowComplaints {
    const complaints: Partial<Record<keyof ScheduleRow, string>> = {};
    if (row.days.length === 0) {
        complaints.days = 'Choose at least one day.';
    }
    if (!isTime(row.from) || row.from.trim() === '24:00') {
        complaints.from = 'A time from 00:00 to 23:59.';
    }
    if (!isTime(row.to)) {
        complaints.to = 'A time from 00:00 to 24:00.';
    }
    for (const field of LIMIT_FIELDS) {
        const value = row[field].trim() === '' ? 0 : parseNumber(row[field], undefined);
        if (value === undefined || value < 0 || value > MAX_LIMIT) {
            complaints[field] = `A rate in Mbps up to ${MAX_LIMIT}, or nothing for no limit.`;
        }
    }
    return complaints;
}

/** Which rule holds when, for each day from Monday on; the hours of no rule are left out. */
export function weekSegments(rules: readonly ScheduleRule[]): WeekSegment[][] {
    const moments = [...new Set([0, DAY_MINUTES, ...rules.flatMap(({ from, to }) => [from, to])])].sort(
        (a, b) => a - b
    );
    return WEEK.map(weekday => {
        const segments: WeekSegment[] = [];
        moments.slice(0, -1).forEach((from, at) => {
            const rule = ruleIndexAt(rules, { weekday, minuteOfDay: from });
            const last = segments[segments.length - 1];
            if (rule === undefined) {
                return;
            }
            if (last?.rule === rule && last.to === from) {
                segments[segments.length - 1] = { ...last, to: moments[at + 1] };
            } else {
                segments.push({ from, to: moments[at + 1], rule });
            }
        });
        return segments;
    });
}

/** A line for people, as in `Mon–Fri 08:00–18:00: ↑ 20 Mbps, ↓ 100 Mbps`. */
export function rowText(row: ScheduleRow): string {
    const named: ReadonlyArray<readonly [LimitField, string]> = [
        ['upload', 'uploads'],
        ['download', 'downloads'],
        ['automaticUpload', 'automatic uploads'],
        ['automaticDownload', 'automatic downloads']
    ];
    const limits = named.flatMap(([field, name]) => {
        const value = parseNumber(row[field], undefined);
        return value === undefined || value === 0 ? [] : [`${name} ${value} Mbps`];
    });
    return `${daysText(row.days)} ${row.from}–${row.to}: ${limits.length === 0 ? 'no limits' : limits.join(', ')}`;
}

/** Days as people name them; three and more in a row as a range. */
export function daysText(days: readonly Weekday[]): string {
    if (days.length === WEEK.length) {
        return 'Every day';
    }
    const parts: string[] = [];
    for (let at = 0; at < WEEK.length; at++) {
        let end = at;
        while (end < WEEK.length && days.includes(WEEK[end])) {
            end++;
        }
        if (end - at > 2) {
            parts.push(`${dayName(WEEK[at])}–${dayName(WEEK[end - 1])}`);
        } else {
            parts.push(...WEEK.slice(at, end).map(dayName));
        }
        at = Math.max(at, end);
    }
    return parts.join(', ');
}

export function dayName(day: Weekday): string {
    return `${day[0].toUpperCase()}${day.slice(1)}`;
}

/** The rules of lines that can be read, in their order, and the line that each came from. */
export function rulesOf(rows: readonly ScheduleRow[]): {
    readonly rules: ScheduleRule[];
    readonly rows: number[];
} {
    const readable = rows
        .map((row, at) => ({ row, at }))
        .filter(({ row }) => Object.keys(complaintsAbout(row)).length === 0);
    return {
        rules: parseSchedule(scheduleOf(readable.map(({ row }) => row))),
        rows: readable.map(({ at }) => at)
    };
}

function isTime(text: string): boolean {
    return /^\s*(([01]?\d|2[0-3]):[0-5]\d|24:00)\s*$/.test(text);
}

function paddedTime(text: string): string {
    return text.trim().padStart(5, '0');
}

function timeText(value: unknown): string {
    return typeof value === 'string' ? value : '';
}
