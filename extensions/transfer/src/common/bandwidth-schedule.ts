import {
    DAY_MINUTES,
    localTime,
    MINUTE_MS,
    WEEKDAYS,
    zoneOffsetMinutes,
    type LocalTime,
    type Weekday
} from './local-time';
import type { BandwidthLimits, DirectionLimits } from './transfer-protocol';

/**
 * Limits for some hours of some days. `from` and `to` are minutes of the day; the hours of a rule whose `to` is not
 * after its `from` last into the next day, from midnight to midnight the whole day.
 */
export interface ScheduleRule {
    readonly days: readonly Weekday[];
    readonly from: number;
    readonly to: number;
    readonly limits: BandwidthLimits;
}

/** Limits at a moment. */
export interface ScheduledLimits {
    readonly limits: BandwidthLimits;
    /** A rule holds; else the plain settings do. */
    readonly scheduled: boolean;
}

/** Schedules repeat after a week; a day more covers one whose rule falls into an hour that a change of clocks skips. */
const HORIZON_DAYS = 8;

/** The limits at a moment: those of the first rule that covers it, else the plain ones. */
export function limitsAt(
    rules: readonly ScheduleRule[],
    plain: BandwidthLimits,
    epochMs: number,
    timeZone: string
): ScheduledLimits {
    const rule = ruleAt(rules, epochMs, timeZone);
    return rule ? { limits: rule.limits, scheduled: true } : { limits: plain, scheduled: false };
}

/** First moment after `epochMs` at which another rule holds, or undefined when none does within a week. */
export function nextScheduleChange(
    rules: readonly ScheduleRule[],
    epochMs: number,
    timeZone: string
): number | undefined {
    if (rules.length === 0) {
        return undefined;
    }
    const now = ruleAt(rules, epochMs, timeZone);
    return candidates(rules, epochMs, timeZone).find(moment => ruleAt(rules, moment, timeZone) !== now);
}

/**
 * Reads a setting that a person may have written by hand; what makes no sense is left out.
 * @param value `[{ days?: ["mon", …], from: "HH:MM", to: "HH:MM", upload?, download?, automaticUpload?,
 * automaticDownload? }]`, limits in Mbps, 0 or absent for none; without `days` every day
 */
export function parseSchedule(value: unknown): ScheduleRule[] {
    return Array.isArray(value) ? value.map(parseRule).filter(rule => rule !== undefined) : [];
}

/** Bits per second of a limit in Mbps; undefined for none. */
export function limitBps(megabits: unknown): number | undefined {
    return typeof megabits === 'number' && Number.isFinite(megabits) && megabits > 0
        ? Math.round(megabits * 1e6)
        : undefined;
}

/** Which rule holds at a time of the week, counted from 0; undefined for none. */
export function ruleIndexAt(rules: readonly ScheduleRule[], time: LocalTime): number | undefined {
    const index = rules.findIndex(rule => covers(rule, time));
    return index < 0 ? undefined : index;
}

function ruleAt(rules: readonly ScheduleRule[], epochMs: number, timeZone: string): ScheduleRule | undefined {
    const index = ruleIndexAt(rules, localTime(epochMs, zoneOffsetMinutes(epochMs, timeZone)));
    return index === undefined ? undefined : rules[index];
}

function covers(rule: ScheduleRule, { weekday, minuteOfDay }: LocalTime): boolean {
    const yesterday = WEEKDAYS[(WEEKDAYS.indexOf(weekday) + 6) % 7];
    if (rule.from < rule.to) {
        return rule.days.includes(weekday) && minuteOfDay >= rule.from && minuteOfDay < rule.to;
    }
    return (
        (rule.days.includes(weekday) && minuteOfDay >= rule.from) ||
        (rule.days.includes(yesterday) && minuteOfDay < rule.to)
    );
}

/**
 * Moments at which the answer may change, in order: beginnings and ends of rules and midnights under every offset that
 * the zone has in that time, and the changes of the offset themselves. Some are no changes at all: the caller looks.
 */
function candidates(rules: readonly ScheduleRule[], epochMs: number, timeZone: string): number[] {
    const dayMs = DAY_MINUTES * MINUTE_MS;
    const offsets = new Set<number>();
    const moments = new Set<number>();
    for (let day = 0; day <= HORIZON_DAYS; day++) {
        const begin = epochMs + (day - 1) * dayMs;
        offsets.add(zoneOffsetMinutes(begin, timeZone));
        const change = offsetChange(begin, begin + dayMs, timeZone);
        if (change !== undefined) {
            moments.add(change);
            offsets.add(zoneOffsetMinutes(change, timeZone));
        }
    }
    const minutes = new Set([0, ...rules.flatMap(rule => [rule.from, rule.to])]);
    const firstDay = Math.floor(epochMs / dayMs) - 1;
    for (let day = 0; day <= HORIZON_DAYS + 1; day++) {
        for (const minute of minutes) {
            offsets.forEach(offset => moments.add((firstDay + day) * dayMs + (minute - offset) * MINUTE_MS));
        }
    }
    return [...moments].filter(moment => moment > epochMs).sort((a, b) => a - b);
}

/** The minute in which the offset changes between two moments, if it does. */
function offsetChange(fromMs: number, toMs: number, timeZone: string): number | undefined {
    const before = zoneOffsetMinutes(fromMs, timeZone);
    if (zoneOffsetMinutes(toMs, timeZone) === before) {
        return undefined;
    }
    let [low, high] = [Math.floor(fromMs / MINUTE_MS), Math.ceil(toMs / MINUTE_MS)];
    while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (zoneOffsetMinutes(middle * MINUTE_MS, timeZone) === before) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return high * MINUTE_MS;
}

function parseRule(value: unknown): ScheduleRule | undefined {
    if (typeof value !== 'object' || value === null) {
        return undefined;
    }
    const raw = value as Readonly<Record<string, unknown>>;
    const named: readonly unknown[] = Array.isArray(raw.days) ? raw.days : WEEKDAYS;
    const days = WEEKDAYS.filter(day => named.includes(day));
    const [from, to] = [minuteOfDay(raw.from), minuteOfDay(raw.to)];
    if (from === undefined || to === undefined || days.length === 0) {
        return undefined;
    }
    return {
        days,
        from,
        to,
        limits: {
            manual: directionLimits(raw.upload, raw.download),
            automatic: directionLimits(raw.automaticUpload, raw.automaticDownload)
        }
    };
}

/** Limits of both directions from settings in Mbps. */
export function directionLimits(upload: unknown, download: unknown): DirectionLimits {
    return { send: limitBps(upload), receive: limitBps(download) };
}

function minuteOfDay(value: unknown): number | undefined {
    const match = typeof value === 'string' ? /^(\d{1,2}):(\d{2})$/.exec(value) : undefined;
    if (!match) {
        return undefined;
    }
    const minute = Number(match[1]) * 60 + Number(match[2]);
    return Number(match[2]) < 60 && minute <= DAY_MINUTES ? minute % DAY_MINUTES : undefined;
}
