import { expect } from 'chai';
import * as fc from 'fast-check';
import { limitsAt, nextScheduleChange, parseSchedule } from './bandwidth-schedule';
import { localTime, zoneOffsetMinutes } from './local-time';
import type { BandwidthLimits } from './transfer-protocol';

const BERLIN = 'Europe/Berlin';
const NONE: BandwidthLimits = { manual: {}, automatic: {} };
const OFFICE = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', upload: 10 };
const at = (iso: string): number => Date.parse(iso);

const uploadAt = (schedule: unknown, iso: string, timeZone: string): number | undefined =>
    limitsAt(parseSchedule(schedule), NONE, at(iso), timeZone).limits.manual.send;
const changeAfter = (schedule: unknown, iso: string, timeZone: string): string | undefined => {
    const moment = nextScheduleChange(parseSchedule(schedule), at(iso), timeZone);
    return moment === undefined ? undefined : new Date(moment).toISOString();
};

describe('schedule of bandwidth limits', () => {
    const moments: ReadonlyArray<readonly [string, unknown, string, string, number | undefined]> = [
        ['within its hours', [OFFICE], '2026-01-05T09:00:00Z', 'UTC', 10e6],
        ['at the first minute', [OFFICE], '2026-01-05T08:00:00Z', 'UTC', 10e6],
        ['not at the last', [OFFICE], '2026-01-05T18:00:00Z', 'UTC', undefined],
        ['not on another day', [OFFICE], '2026-01-04T09:00:00Z', 'UTC', undefined],
        ['by the clock of the zone', [OFFICE], '2026-01-05T07:30:00Z', BERLIN, 10e6],
        ['in summer too', [OFFICE], '2026-07-06T06:30:00Z', BERLIN, 10e6],
        [
            'past midnight',
            [{ days: ['fri'], from: '22:00', to: '06:00', upload: 5 }],
            '2026-01-10T05:59:00Z',
            'UTC',
            5e6
        ],
        [
            'not past its end after midnight',
            [{ days: ['fri'], from: '22:00', to: '06:00', upload: 5 }],
            '2026-01-10T06:00:00Z',
            'UTC',
            undefined
        ],
        [
            'not on the morning of its own day',
            [{ days: ['fri'], from: '22:00', to: '06:00', upload: 5 }],
            '2026-01-09T05:00:00Z',
            'UTC',
            undefined
        ],
        [
            'the whole day',
            [{ days: ['sun'], from: '00:00', to: '24:00', upload: 5 }],
            '2026-01-04T23:59:00Z',
            'UTC',
            5e6
        ],
        [
            'and not the day after',
            [{ days: ['sun'], from: '00:00', to: '24:00', upload: 5 }],
            '2026-01-05T00:00:00Z',
            'UTC',
            undefined
        ],
        [
            'every day without days',
            [{ from: '01:00', to: '02:00', upload: 5 }],
            '2026-01-04T01:30:00Z',
            'UTC',
            5e6
        ],
        [
            'the first of two rules',
            [{ from: '00:00', to: '00:00', upload: 1 }, OFFICE],
            '2026-01-05T09:00:00Z',
            'UTC',
            1e6
        ],
        [
            'an offset of quarters of an hour',
            [{ from: '05:45', to: '05:46', upload: 1 }],
            '2026-01-05T00:00:00Z',
            'Asia/Kathmandu',
            1e6
        ]
    ];
    for (const [description, schedule, iso, zone, expected] of moments) {
        it(`holds ${description}`, () => {
            expect(uploadAt(schedule, iso, zone)).to.equal(expected);
        });
    }

    // Berlin: clocks go from 2:00 to 3:00 on 29 March 2026 (01:00 UTC), from 3:00 to 2:00 on 25 October (01:00 UTC)
    const changes: ReadonlyArray<readonly [string, unknown, string, string, string | undefined]> = [
        ['to its beginning', [OFFICE], '2026-01-05T07:59:59Z', 'UTC', '2026-01-05T08:00:00.000Z'],
        ['to its end', [OFFICE], '2026-01-05T08:00:00Z', 'UTC', '2026-01-05T18:00:00.000Z'],
        ['over the weekend', [OFFICE], '2026-01-09T18:00:00Z', 'UTC', '2026-01-12T08:00:00.000Z'],
        [
            'a week ahead',
            [{ days: ['mon'], from: '08:00', to: '08:01', upload: 1 }],
            '2026-01-05T08:01:00Z',
            'UTC',
            '2026-01-12T08:00:00.000Z'
        ],
        [
            'over midnight',
            [{ days: ['fri'], from: '22:00', to: '06:00', upload: 5 }],
            '2026-01-09T23:00:00Z',
            'UTC',
            '2026-01-10T06:00:00.000Z'
        ],
        ['never, without rules', [], '2026-01-05T08:00:00Z', 'UTC', undefined],
        [
            'never, for a rule that always holds',
            [{ from: '00:00', to: '00:00', upload: 1 }],
            '2026-01-05T08:00:00Z',
            'UTC',
            undefined
        ],
        [
            'an hour earlier after clocks went forward',
            [OFFICE],
            '2026-03-27T17:00:00Z',
            BERLIN,
            '2026-03-30T06:00:00.000Z'
        ],
        [
            'an hour later after they went back',
            [OFFICE],
            '2026-10-23T16:00:00Z',
            BERLIN,
            '2026-10-26T07:00:00.000Z'
        ],
        [
            'to the moment that skips its beginning',
            [{ days: ['sun'], from: '02:30', to: '04:00', upload: 1 }],
            '2026-03-28T12:00:00Z',
            BERLIN,
            '2026-03-29T01:00:00.000Z'
        ],
        [
            'past hours that are skipped whole',
            [{ days: ['sun'], from: '02:10', to: '02:50', upload: 1 }],
            '2026-03-28T12:00:00Z',
            BERLIN,
            '2026-04-05T00:10:00.000Z'
        ],
        [
            'to the first of two beginnings',
            [{ days: ['sun'], from: '02:30', to: '02:45', upload: 1 }],
            '2026-10-24T12:00:00Z',
            BERLIN,
            '2026-10-25T00:30:00.000Z'
        ],
        [
            'and to the second',
            [{ days: ['sun'], from: '02:30', to: '02:45', upload: 1 }],
            '2026-10-25T00:45:00Z',
            BERLIN,
            '2026-10-25T01:30:00.000Z'
        ]
    ];
    for (const [description, schedule, iso, zone, expected] of changes) {
        it(`changes ${description}`, () => {
            expect(changeAfter(schedule, iso, zone)).to.equal(expected);
        });
    }

    it('finds the very minute of the next change, in any zone and season', function () {
        this.timeout(20_000);
        const zone = fc.constantFrom(
            'UTC',
            BERLIN,
            'America/New_York',
            'Australia/Lord_Howe',
            'Asia/Kathmandu'
        );
        const minute = fc.integer({ min: 0, max: 1439 });
        const rule = fc
            .record({
                from: minute,
                to: minute,
                days: fc.uniqueArray(fc.constantFrom('sun', 'mon', 'sat'), { minLength: 1 })
            })
            .map(({ from, to, days }) => ({ days, from: clock(from), to: clock(to), upload: 1 }));
        const start = fc.integer({
            min: at('2026-01-01T00:00:00Z') / 60_000,
            max: at('2026-12-31T00:00:00Z') / 60_000
        });
        fc.assert(
            fc.property(
                fc.array(rule, { minLength: 1, maxLength: 2 }),
                start,
                zone,
                (schedule, minutes, timeZone) => {
                    const rules = parseSchedule(schedule);
                    const now = minutes * 60_000;
                    const change = nextScheduleChange(rules, now, timeZone);
                    const same = (moment: number): boolean =>
                        limitsAt(rules, NONE, moment, timeZone).limits ===
                        limitsAt(rules, NONE, now, timeZone).limits;
                    if (change !== undefined) {
                        expect(same(change)).to.equal(false);
                        expect(same(change - 60_000)).to.equal(true);
                    }
                    // none is missed on the way: looked at every seven minutes and a half
                    for (
                        let moment = now;
                        moment < Math.min(change ?? Infinity, now + 2 * 86_400_000);
                        moment += 450_000
                    ) {
                        expect(same(moment), new Date(moment).toISOString()).to.equal(true);
                    }
                }
            ),
            { numRuns: 60 }
        );
    });

    const nonsense: readonly unknown[] = [
        undefined,
        'always',
        [7, null],
        [{ from: '8', to: '9' }],
        [{ from: '08:00', to: '25:00' }],
        [{ from: '08:60', to: '09:00' }],
        [{ days: ['someday'], from: '08:00', to: '09:00' }]
    ];
    it('leaves out what makes no sense', () => {
        for (const value of nonsense) {
            expect(parseSchedule(value), JSON.stringify(value)).to.deep.equal([]);
        }
    });

    it('knows clocks west and east, before and after midnight', () => {
        const newYear = at('2026-01-01T00:30:00Z');
        expect(zoneOffsetMinutes(newYear, 'America/New_York')).to.equal(-300);
        expect(localTime(newYear, -300)).to.deep.equal({ weekday: 'wed', minuteOfDay: 19 * 60 + 30 });
        expect(localTime(newYear, 330)).to.deep.equal({ weekday: 'thu', minuteOfDay: 6 * 60 });
        expect(zoneOffsetMinutes(at('1969-12-31T23:59:30Z'), BERLIN)).to.equal(60);
    });
});

function clock(minute: number): string {
    return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}
