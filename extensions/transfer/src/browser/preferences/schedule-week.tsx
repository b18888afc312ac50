import * as React from '@theia/core/shared/react';
import { DAY_MINUTES } from '../../common/local-time';
import { dayName, rowText, rulesOf, WEEK, weekSegments, type ScheduleRow } from '../../common/schedule-rows';

const LABEL_WIDTH = 40;
const DAY_WIDTH = 600;
const DAY_HEIGHT = 20;
const TOP = 18;
const HOURS = [0, 6, 12, 18, 24];

/** The week at a glance: which line of the schedule holds when. The same is said in words. */
export function ScheduleWeek({ rows }: { readonly rows: readonly ScheduleRow[] }): React.ReactElement {
    const { rules, rows: lines } = rulesOf(rows);
    const week = weekSegments(rules);
    const x = (minute: number): number => LABEL_WIDTH + (minute / DAY_MINUTES) * DAY_WIDTH;
    const y = (day: number): number => TOP + day * DAY_HEIGHT;
    const text = lines.map(line => `line ${line + 1}, ${rowText(rows[line])}`).join('; ');
    return (
        <svg
            className="connect-schedule-week"
            viewBox={`0 0 ${LABEL_WIDTH + DAY_WIDTH + 20} ${TOP + WEEK.length * DAY_HEIGHT + 4}`}
            role="img"
            aria-label={`The week by hours: ${text === '' ? 'nothing' : text}. Else the limits above hold.`}
        >
            {HOURS.map(hour => (
                <text key={hour} x={x(hour * 60)} y={TOP - 6} textAnchor="middle">
                    {String(hour).padStart(2, '0')}
                </text>
            ))}
            {WEEK.map((day, at) => (
                <g key={day}>
                    <text x={0} y={y(at) + 14}>
                        {dayName(day)}
                    </text>
                    <rect className="day" x={x(0)} y={y(at) + 1} width={DAY_WIDTH} height={DAY_HEIGHT - 2} />
                    {week[at].map(({ from, to, rule }) => (
                        <g key={from} className={`rule rule-${lines[rule] % 6}`}>
                            <rect x={x(from)} y={y(at) + 1} width={x(to) - x(from)} height={DAY_HEIGHT - 2} />
                            <text x={(x(from) + x(to)) / 2} y={y(at) + 14} textAnchor="middle">
                                {lines[rule] + 1}
                            </text>
                        </g>
                    ))}
                </g>
            ))}
            {HOURS.slice(1, -1).map(hour => (
                <line
                    key={hour}
                    x1={x(hour * 60)}
                    x2={x(hour * 60)}
                    y1={TOP}
                    y2={TOP + WEEK.length * DAY_HEIGHT}
                />
            ))}
        </svg>
    );
}
