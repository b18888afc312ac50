import { formatCount, formatRate } from '@connect/base';
import * as React from '@theia/core/shared/react';
import type { FileCount, FilePage, FileRange, MonitorEvent, MonitorLine } from '../common/monitor-protocol';
import { tableOf, type TableRow } from '../common/monitor-series';
import type { RatePoint } from '../common/rate-history';
import { MonitorFiles } from './monitor-files';

/** What stands below the graph. */
export type MonitorSection = 'files' | 'log' | 'table';

const SECTIONS: ReadonlyArray<readonly [MonitorSection, string]> = [
    ['files', 'Files'],
    ['log', 'Log'],
    ['table', 'Data Table']
];

/** Props of {@link MonitorSections}. */
export interface SectionsProps {
    /** Unique in the page. */
    readonly id: string;
    readonly section: MonitorSection;
    readonly files: FileCount;
    readonly log: readonly MonitorLine[];
    readonly points: readonly RatePoint[];
    readonly events: readonly MonitorEvent[];
    choose(section: MonitorSection): void;
    /** See `FilesProps`. */
    readonly page: FilePage | undefined;
    look(range: FileRange): Promise<void>;
}

/** Files, log and data of a transfer, one at a time. Arrows go from tab to tab. */
export function MonitorSections(props: SectionsProps): React.ReactElement {
    const { id, section, choose } = props;
    const onKeyDown = (event: React.KeyboardEvent): void => {
        const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
        const at = SECTIONS.findIndex(([each]) => each === section);
        const next =
            event.key === 'Home'
                ? 0
                : event.key === 'End'
                  ? SECTIONS.length - 1
                  : step && (at + step + SECTIONS.length) % SECTIONS.length;
        if (next !== undefined) {
            event.preventDefault();
            event.stopPropagation();
            choose(SECTIONS[next][0]);
            document.getElementById(`${id}-tab-${SECTIONS[next][0]}`)?.focus();
        }
    };
    return (
        <div className="connect-monitor-sections">
            <div className="connect-monitor-tabs" role="tablist" aria-label="Details" onKeyDown={onKeyDown}>
                {SECTIONS.map(([each, label]) => (
                    <button
                        key={each}
                        id={`${id}-tab-${each}`}
                        type="button"
                        role="tab"
                        tabIndex={each === section ? 0 : -1}
                        aria-selected={each === section}
                        aria-controls={`${id}-panel`}
                        onClick={() => choose(each)}
                    >
                        {label}
                        {each === 'files' && props.files.rows > 0 && (
                            <span className="connect-monitor-count">{formatCount(props.files.rows)}</span>
                        )}
                    </button>
                ))}
            </div>
            <div
                id={`${id}-panel`}
                className="connect-monitor-panel"
                role="tabpanel"
                aria-labelledby={`${id}-tab-${section}`}
            >
                {section === 'files' && (
                    <MonitorFiles count={props.files} page={props.page} look={props.look} />
                )}
                {section === 'log' && <MonitorLog lines={props.log} />}
                {section === 'table' && <MonitorTable points={props.points} events={props.events} />}
            </div>
        </div>
    );
}

/** The last lines; it follows new ones as long as the last one is in sight. */
function MonitorLog({ lines }: { readonly lines: readonly MonitorLine[] }): React.ReactElement {
    const node = React.useRef<HTMLDivElement>(null);
    const follows = React.useRef(true);
    React.useEffect(() => {
        if (node.current && follows.current) {
            node.current.scrollTop = node.current.scrollHeight;
        }
    }, [lines]);
    return (
        <div
            ref={node}
            className="connect-monitor-log"
            tabIndex={0}
            role="region"
            aria-label="Log of the transfer"
            onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
                follows.current = scrollTop + clientHeight >= scrollHeight - 4;
            }}
        >
            {lines.length === 0 && <p className="connect-monitor-nothing">Nothing has been logged yet.</p>}
            {lines.map((line, i) => (
                <div key={i}>
                    <time>{new Date(line.atMs).toLocaleTimeString()}</time> {line.text}
                </div>
            ))}
        </div>
    );
}

const STEPS: ReadonlyArray<readonly [number, string]> = [
    [1_000, 'Every second'],
    [10_000, 'Every 10 seconds'],
    [60_000, 'Every minute']
];
const TABLE_ROWS = 120;

const COLUMNS = ['Time', 'Rate', 'Average', 'Target', 'Minimum', 'RTT', 'Loss', 'Events'];

function Table({ rows }: { readonly rows: readonly TableRow[] }): React.ReactElement {
    const rate = (value: number | undefined): string => (value === undefined ? '–' : formatRate(value));
    const figure = (value: number | undefined, digits: number, unit: string): string =>
        value === undefined ? '–' : `${value.toFixed(digits)} ${unit}`;
    return (
        <table>
            <caption className="connect-monitor-hidden">Rate over time, the newest first</caption>
            <thead>
                <tr>
                    {COLUMNS.map(name => (
                        <th key={name} scope="col">
                            {name}
                        </th>
                    ))}
                </tr>
            </thead>
            <tbody>
                {rows.map(row => (
                    <tr key={row.atMs}>
                        <th scope="row">{new Date(row.atMs).toLocaleTimeString()}</th>
                        <td>{rate(row.rateBps)}</td>
                        <td>{rate(row.averageBps)}</td>
                        <td>{rate(row.targetBps)}</td>
                        <td>{rate(row.minBps)}</td>
                        <td>{figure(row.rttMs, 1, 'ms')}</td>
                        <td>{figure(row.lossPercent, 2, '%')}</td>
                        <td>{row.events.map(({ text }) => text).join('; ')}</td>
                    </tr>
                ))}
            </tbody>
        </table>
    );
}

/** The graph as a table, for those who cannot see it or want to copy it. */
function MonitorTable(props: {
    readonly points: readonly RatePoint[];
    readonly events: readonly MonitorEvent[];
}): React.ReactElement {
    const [stepMs, setStep] = React.useState(10_000);
    const rows = tableOf(props.points, props.events, stepMs, TABLE_ROWS);
    return (
        <div className="connect-monitor-table" tabIndex={0} role="region" aria-label="Data of the graph">
            <label className="connect-monitor-field">
                Rows
                <select
                    className="theia-select"
                    value={stepMs}
                    onChange={event => setStep(Number(event.currentTarget.value))}
                >
                    {STEPS.map(([ms, label]) => (
                        <option key={ms} value={ms}>
                            {label}
                        </option>
                    ))}
                </select>
            </label>
            {rows.length === 0 ? (
                <p className="connect-monitor-nothing">Nothing has been measured yet.</p>
            ) : (
                <Table rows={rows} />
            )}
        </div>
    );
}
