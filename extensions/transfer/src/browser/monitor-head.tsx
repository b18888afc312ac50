import { formatDuration, formatRate } from '@connect/base';
import * as React from '@theia/core/shared/react';
import { pathText } from '../common/job-monitor';
import {
    canDo,
    doneText,
    errorText,
    percentDone,
    percentText,
    placesOf,
    stateView,
    type JobAction
} from '../common/job-view';
import type { MonitorNow } from '../common/monitor-protocol';
import type { Job } from '../common/transfer-protocol';
import { CutName, CutPlaces } from './cut-text';

/** Props of {@link MonitorHead}. */
export interface HeadProps {
    readonly job: Job;
    readonly now: MonitorNow;
    /** For the countdown of a retry. */
    readonly nowMs: number;
    readonly attempts: number;
    /** All transfers are. */
    readonly paused: boolean;
    act(action: JobAction): void;
    openFolder(): void;
}

const BUTTONS: ReadonlyArray<{ action: JobAction; icon: string; label: string }> = [
    { action: 'start-now', icon: 'run-above', label: 'Start Now' },
    { action: 'stop', icon: 'debug-stop', label: 'Stop' },
    { action: 'resume', icon: 'debug-continue', label: 'Resume' },
    { action: 'retry', icon: 'refresh', label: 'Retry' }
];

/** What is transferred, how it stands in numbers, and the buttons for it. */
export function MonitorHead(props: HeadProps): React.ReactElement {
    const { job } = props;
    const { from, to } = placesOf(job);
    const sending = job.direction === 'send';
    const error = job.error && job.state !== 'completed' ? errorText(job.error) : undefined;
    return (
        <>
            <div className="connect-monitor-title">
                <span
                    className={`codicon codicon-${sending ? 'cloud-upload' : 'cloud-download'}`}
                    role="img"
                    aria-label={sending ? 'Upload' : 'Download'}
                />
                <div className="connect-monitor-names">
                    <h2 title={job.name}>
                        <CutName text={job.name} />
                    </h2>
                    <div className="connect-monitor-places" title={`${from} → ${to}`}>
                        <CutPlaces from={from} to={to} />
                    </div>
                </div>
                <Buttons {...props} />
            </div>
            <ProgressBar job={job} />
            <Facts {...props} />
            {error && (
                <div className="connect-monitor-error">
                    <span className="codicon codicon-error" aria-hidden="true" />
                    <span>
                        {error.summary} {error.remedy}
                    </span>
                </div>
            )}
        </>
    );
}

function Buttons({ job, act, openFolder }: HeadProps): React.ReactElement {
    return (
        <div className="connect-monitor-buttons" role="toolbar" aria-label="Transfer">
            <button type="button" className="theia-button secondary" onClick={() => openFolder()}>
                <span className="codicon codicon-folder-opened" aria-hidden="true" />
                Open Folder
            </button>
            {BUTTONS.filter(
                ({ action }) => canDo(job, action) && (action !== 'start-now' || job.state === 'queued')
            ).map(({ action, icon, label }) => (
                <button
                    key={action}
                    type="button"
                    className={`theia-button ${action === 'stop' ? 'secondary' : ''}`}
                    onClick={() => act(action)}
                >
                    <span className={`codicon codicon-${icon}`} aria-hidden="true" />
                    {label}
                </button>
            ))}
        </div>
    );
}

function ProgressBar({ job }: { job: Job }): React.ReactElement {
    const percent = percentDone(job);
    return (
        <div
            className={`connect-monitor-bar state-${job.state}`}
            role="progressbar"
            aria-label={`Progress of ${job.name}`}
            aria-valuemin={0}
            aria-valuemax={100}
            aria-valuenow={percent}
            aria-valuetext={percentText(job, percent)}
        >
            <div style={{ width: `${percent ?? 0}%` }} />
        </div>
    );
}

function Facts({ job, now, nowMs, attempts, paused }: HeadProps): React.ReactElement {
    const state = stateView(job, nowMs, attempts, paused);
    const percent = percentDone(job);
    return (
        <dl className="connect-monitor-facts">
            <Fact name="State" className={`state-${job.state}`}>
                <span className={`codicon codicon-${state.icon}`} aria-hidden="true" /> {state.text}
            </Fact>
            <Fact name="Done" note={percent === undefined ? '' : `${percent} %`}>
                {doneText(job) || '–'}
            </Fact>
            <Fact name="Rate" note={now.averageBps > 0 ? `average ${formatRate(now.averageBps)}` : ''}>
                {now.rateBps > 0 ? formatRate(now.rateBps) : '–'}
            </Fact>
            <Fact name="Time left">{formatDuration(job.remainingMs) || '–'}</Fact>
            <Fact name="RTT">{now.rttMs === undefined ? '–' : `${roundMs(now.rttMs)} ms`}</Fact>
            <Fact name="Loss">{now.lossPercent === undefined ? '–' : `${now.lossPercent.toFixed(1)} %`}</Fact>
            <Fact name="Path" className={now.path?.kind === 'https' && !now.path.isChosen ? 'fallback' : ''}>
                {now.path ? pathText(now.path) : '–'}
            </Fact>
        </dl>
    );
}

function Fact(props: {
    name: string;
    note?: string;
    className?: string;
    children: React.ReactNode;
}): React.ReactElement {
    return (
        <div className={`connect-monitor-fact ${props.className ?? ''}`}>
            <dt>{props.name}</dt>
            <dd>
                {props.children}
                {props.note !== undefined && props.note !== '' && (
                    <span className="connect-monitor-fact-note">{props.note}</span>
                )}
            </dd>
        </div>
    );
}

function roundMs(ms: number): string {
    return ms < 10 ? ms.toFixed(1) : String(Math.round(ms));
}
