import { formatRate } from '@connect/base';
import * as React from '@theia/core/shared/react';
import { isAtRest, isRunning } from '../common/job-lifecycle';
import type { JobAction } from '../common/job-view';
import type { FileRange } from '../common/monitor-protocol';
import { ceilingOf, rangeOfTime, seriesOf } from '../common/monitor-series';
import { locksOf, shownRate } from '../common/rate-locks';
import type { Job } from '../common/transfer-protocol';
import type { ChartFactory } from './monitor-chart';
import { MonitorControls } from './monitor-controls';
import { MonitorGraph } from './monitor-graph';
import { MonitorHandles } from './monitor-handles';
import { MonitorHead } from './monitor-head';
import type { WatchedJob } from './monitor-model';
import { MonitorSections, type MonitorSection } from './monitor-sections';
import { rateNote, type ChosenRate } from './rate-changer';

/** How much of the past the graph shows. */
export type MonitorWindowSpan = '1 min' | '10 min' | 'All';

const SPANS: ReadonlyArray<readonly [MonitorWindowSpan, number | undefined]> = [
    ['1 min', 60_000],
    ['10 min', 600_000],
    ['All', undefined]
];

/** Pixels. */
const GRAPH_HEIGHT = 240;

/** Props of {@link MonitorView}. */
export interface ViewProps {
    readonly id: string;
    readonly job: Job;
    readonly watched: WatchedJob;
    readonly chosen: ChosenRate;
    /** What is shown is the last that is known. */
    readonly offline: boolean;
    readonly theme: string;
    readonly attempts: number;
    readonly paused: boolean;
    readonly nowMs: number;
    readonly section: MonitorSection;
    readonly span: MonitorWindowSpan;
    readonly createChart: ChartFactory;
    setRate(rate: ChosenRate): void;
    act(action: JobAction): void;
    openFolder(): void;
    /** See `MonitorModel.look`. */
    look(range: FileRange): Promise<void>;
    chooseSection(section: MonitorSection): void;
    chooseSpan(span: MonitorWindowSpan): void;
    retry(): void;
}

/** All of a monitor. */
export function MonitorView(props: ViewProps): React.ReactElement {
    const { job, watched } = props;
    return (
        <div className={`connect-monitor-view ${props.offline ? 'dimmed' : ''}`}>
            <Notices {...props} />
            <MonitorHead
                job={job}
                now={watched.now}
                nowMs={props.nowMs}
                attempts={props.attempts}
                paused={props.paused}
                act={props.act}
                openFolder={props.openFolder}
            />
            <RateOverTime {...props} />
            <MonitorSections
                id={props.id}
                section={props.section}
                files={watched.files}
                log={watched.log}
                points={watched.points}
                events={watched.events}
                choose={props.chooseSection}
                page={watched.page}
                look={props.look}
            />
        </div>
    );
}

function Notices({ offline, watched, retry }: ViewProps): React.ReactElement {
    return (
        <>
            {offline && (
                <div className="connect-monitor-notice" role="alert">
                    <span className="codicon codicon-debug-disconnect" aria-hidden="true" />
                    The backend cannot be reached: these are the last figures. The transfer goes on as long as
                    it runs.
                </div>
            )}
            {!offline && watched.error && (
                <div className="connect-monitor-notice" role="alert">
                    <span className="codicon codicon-warning" aria-hidden="true" />
                    The course of this transfer cannot be read: {watched.error.message}
                    <button type="button" className="theia-button secondary" onClick={() => retry()}>
                        Try Again
                    </button>
                </div>
            )}
            {watched.now.path?.kind === 'https' && !watched.now.path.isChosen && (
                <div className="connect-monitor-notice" role="status">
                    <span className="codicon codicon-info" aria-hidden="true" />
                    UDP does not get through here: the files go over HTTPS, which is slower.
                </div>
            )}
        </>
    );
}

function RateOverTime(props: ViewProps): React.ReactElement {
    const { id, job, watched, chosen, span } = props;
    const live = isRunning(job.state) ? watched.now : undefined;
    const { points, events, now } = watched;
    const range = rangeOfTime(points, events, now, SPANS.find(([name]) => name === span)?.[1]);
    const ceilingBps = ceilingOf(points, now, range, shownRate(chosen, now.rate.inForce).targetBps);
    const data = { series: seriesOf(points, live), events, range, ceilingBps };
    const locks = locksOf(now.rate.inForce);
    const shown = shownRate(chosen, now.rate.inForce);
    const isOver = job.state === 'completed';
    const note = isOver
        ? ''
        : live === undefined && isAtRest(job.state)
          ? 'Holds for the next run.'
          : rateNote(chosen, now.rate);
    const descriptionId = `${id}-rate-description`;
    const controls = {
        choice: shown,
        locks,
        disabled: isOver || chosen.targetBps === 0,
        descriptionId,
        onChange: (choice: { targetBps: number; minBps: number }): void =>
            props.setRate({
                // what the server sets is no choice to remember
                targetBps: locks.target === undefined ? choice.targetBps : chosen.targetBps,
                minBps: choice.minBps,
                policy: chosen.policy
            })
    };
    return (
        <section className="connect-monitor-rate" aria-label="Rate over time">
            <Spans chosen={span} choose={props.chooseSpan} />
            <MonitorGraph
                data={data}
                createChart={props.createChart}
                theme={props.theme}
                height={GRAPH_HEIGHT}
                label={`Rate over time: now ${formatRate(now.rateBps)}, average ${formatRate(now.averageBps)}. The data table below has the numbers.`}
            >
                {points.length === 0 && (
                    <span className="connect-monitor-waiting">
                        {watched.isKnown ? 'Nothing has been measured yet.' : 'Loading…'}
                    </span>
                )}
                <MonitorHandles {...controls} ceilingBps={ceilingBps} height={GRAPH_HEIGHT} />
            </MonitorGraph>
            <MonitorControls
                {...controls}
                policy={shown.policy}
                note={note}
                onPolicy={policy => props.setRate({ ...chosen, policy })}
            />
        </section>
    );
}

function Spans(props: {
    readonly chosen: MonitorWindowSpan;
    choose(span: MonitorWindowSpan): void;
}): React.ReactElement {
    return (
        <div className="connect-monitor-spans" role="group" aria-label="Time shown">
            {SPANS.map(([name]) => (
                <button
                    key={name}
                    type="button"
                    aria-pressed={name === props.chosen}
                    onClick={() => props.choose(name)}
                >
                    {name}
                </button>
            ))}
        </div>
    );
}
