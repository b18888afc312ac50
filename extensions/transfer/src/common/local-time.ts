/** Days as in schedules, Sunday first as in `Date`. */
export const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const;

export type Weekday = (typeof WEEKDAYS)[number];

/** A moment as a wall clock shows it. */
export interface LocalTime {
    readonly weekday: Weekday;
    /** 0 to 1439. */
    readonly minuteOfDay: number;
}

export const MINUTE_MS = 60_000;
export const DAY_MINUTES = 1_440;

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * How far the clocks of a zone are ahead of UTC at that moment.
 * @param timeZone IANA name
 * @returns whole minutes; zones whose offset had seconds are history
 */
export function zoneOffsetMinutes(epochMs: number, timeZone: string): number {
    let format = formats.get(timeZone);
    if (!format) {
        format = new Intl.DateTimeFormat('en-US', {
            timeZone,
            hourCycle: 'h23',
            year: 'numeric',
            month: 'numeric',
            day: 'numeric',
            hour: 'numeric',
            minute: 'numeric'
        });
        formats.set(timeZone, format);
    }
    const minuteMs = Math.floor(epochMs / MINUTE_MS) * MINUTE_MS;
    const parts = new Map(format.formatToParts(minuteMs).map(part => [part.type, Number(part.value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const localMinutes =
        epochDay(part('year'), part('month'), part('day')) * DAY_MINUTES + part('hour') * 60 + part('minute');
    return localMinutes - minuteMs / MINUTE_MS;
}

/** Days since 1970-01-01 in the Gregorian calendar; `month` and `day` from 1. */
function epochDay(year: number, month: number, day: number): number {
    // years that begin in March have their leap day at the end
    const marchYear = month > 2 ? year : year - 1;
    const dayOfYear = Math.floor((153 * ((month + 9) % 12) + 2) / 5) + day - 1;
    const leapDays = Math.floor(marchYear / 4) - Math.floor(marchYear / 100) + Math.floor(marchYear / 400);
    return marchYear * 365 + leapDays + dayOfYear - 719_468;
}

/** What a wall clock that is `offsetMinutes` ahead of UTC shows. */
export function localTime(epochMs: number, offsetMinutes: number): LocalTime {
    const minutes = Math.floor(epochMs / MINUTE_MS) + offsetMinutes;
    const minuteOfDay = ((minutes % DAY_MINUTES) + DAY_MINUTES) % DAY_MINUTES;
    // the first of January 1970 was a Thursday
    const day = (((Math.floor(minutes / DAY_MINUTES) + 4) % 7) + 7) % 7;
    return { weekday: WEEKDAYS[day], minuteOfDay };
}
