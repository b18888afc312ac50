import * as React from '@theia/core/shared/react';
import { agoText } from '../common/ago-text';
import {
    amountText,
    canDo,
    detour,
    errorText,
    mainAction,
    percentDone,
    percentText,
    placesOf,
    speedText,
    stateView,
    type JobAction,
    type StateView
} from '../common/job-view';
import { isAtRest } from '../common/job-lifecycle';
import { serverLimit } from '../common/rate-locks';
import type { Job, JobState } from '../common/transfer-protocol';
import { CutName, CutPlaces } from './cut-text';

/** Pixels; the style sheet holds the same number, and windowing relies on it. */
export const ROW_HEIGHT = 52;

/** What a row can ask of its list. */
export interface RowHandlers {
    onClick(job: Job, event: React.MouseEvent): void;
    onContextMenu(job: Job, event: React.MouseEvent): void;
    onAction(job: Job, action: JobAction): void;
    onOpenFolder(job: Job): void;
    onOpenMonitor(job: Job): void;
    onWhy(job: Job): void;
    onDragStart(job: Job, event: React.DragEvent): void;
    onDragOver(job: Job, event: React.DragEvent): void;
    onDrop(job: Job, event: React.DragEvent): void;
    onDragEnd(): void;
}

/** Props of {@link TransferRow}. */
export interface RowProps {
    readonly job: Job;
    readonly rowId: string;
    readonly index: number;
    readonly selected: boolean;
    readonly focused: boolean;
    /** For the countdown of a retry. */
    readonly nowMs: number;
    readonly attempts: number;
    readonly paused: boolean;
    /** Where dragged rows would land: beside this one. */
    readonly drop: 'before' | 'after' | undefined;
    readonly handlers: RowHandlers;
}

const ACTIONS: Readonly<Record<JobAction, { readonly icon: string; readonly title: string }>> = {
    stop: { icon: 'debug-stop', title: 'Stop' },
    resume: { icon: 'debug-continue', title: 'Resume' },
    retry: { icon: 'refresh', title: 'Retry' },
    'start-now': { icon: 'run-above', title: 'Start now' },
    restart: { icon: 'debug-restart', title: 'Restart from beginning' },
    remove: { icon: 'close', title: 'Remove from list' }
};

/** Where a transfer does not go on, a button says why; the menu does for all. */
const ASKED: ReadonlySet<JobState> = new Set(['queued', 'retrying', 'needs-user', 'stopped', 'failed']);

/** One transfer: what goes where, how it stands, and buttons; two lines of text, and a bar. */
export function TransferRow(props: RowProps): React.ReactElement {
    const { job, index, handlers } = props;
    const state = stateView(job, props.nowMs, props.attempts, props.paused);
    const classes = [
        'connect-transfer-row',
        `state-${job.state}`,
        props.selected ? 'selected' : '',
        props.focused ? 'focused' : '',
        props.drop ? `drop-${props.drop}` : ''
    ];
    return (
        <div
            id={props.rowId}
            className={classes.filter(name => name !== '').join(' ')}
            role="row"
            aria-rowindex={index + 1}
            aria-selected={props.selected}
            data-job-id={job.id}
            style={{ top: index * ROW_HEIGHT }}
            onClick={event => handlers.onClick(job, event)}
            onContextMenu={event => handlers.onContextMenu(job, event)}
            onDoubleClick={() => handlers.onOpenMonitor(job)}
            draggable={job.state === 'queued'}
            onDragStart={event => handlers.onDragStart(job, event)}
            onDragOver={event => handlers.onDragOver(job, event)}
            onDrop={event => handlers.onDrop(job, event)}
            onDragEnd={handlers.onDragEnd}
        >
            <Names job={job} />
            <Progress job={job} state={state} nowMs={props.nowMs} />
            <Buttons job={job} handlers={handlers} />
        </div>
    );
}

function Names({ job }: { job: Job }): React.ReactElement {
    const { from, to } = placesOf(job);
    const sending = job.direction === 'send';
    return (
        <div className="connect-transfer-names" role="gridcell">
            <div className="connect-transfer-name" title={job.name}>
                <span
                    className={`codicon codicon-${sending ? 'arrow-up' : 'arrow-down'}`}
                    role="img"
                    aria-label={sending ? 'Upload' : 'Download'}
                    title={sending ? 'Upload' : 'Download'}
                />
                <CutName text={job.name} />
            </div>
            <div className="connect-transfer-places" title={`${from} → ${to}`}>
                <CutPlaces from={from} to={to} />
            </div>
        </div>
    );
}

function Progress(props: { job: Job; state: StateView; nowMs: number }): React.ReactElement {
    const { job, state, nowMs } = props;
    const percent = percentDone(job);
    const error = job.error && job.state !== 'completed' ? errorText(job.error) : undefined;
    const numbers = amountText(job);
    const spinning = state.icon === 'loading' || job.state === 'transferring';
    return (
        <div className="connect-transfer-progress" role="gridcell">
            <div className="connect-transfer-line">
                <div className="connect-transfer-state" title={state.text}>
                    <span
                        className={`codicon codicon-${state.icon} ${spinning ? 'codicon-modifier-spin' : ''}`}
                        aria-hidden="true"
                    />
                    <span className="connect-transfer-state-text">{state.text}</span>
                </div>
                <Speed job={job} nowMs={nowMs} />
            </div>
            {error ? (
                <div className="connect-transfer-error" title={`${error.summary}\n${error.remedy}`}>
                    {error.summary} {error.remedy}
                    {numbers === '' ? '' : ` · ${numbers}`}
                </div>
            ) : (
                <div className="connect-transfer-numbers" title={job.currentFile}>
                    {percent === undefined || job.state === 'completed' ? '' : `${percent} % · `}
                    {numbers}
                    <Note icon="lock" note={serverLimit(job.inForce)} />
                    <Note icon="info" note={detour(job)} />
                </div>
            )}
            <div
                className="connect-transfer-bar"
                role="progressbar"
                aria-label={`Progress of ${job.name}`}
                aria-valuemin={0}
                aria-valuemax={100}
                aria-valuenow={percent}
                aria-valuetext={percentText(job, percent)}
            >
                <div className="connect-transfer-bar-done" style={{ width: `${percent ?? 0}%` }} />
            </div>
        </div>
    );
}

/** How fast it goes; of one that is over, since when. */
function Speed({ job, nowMs }: { job: Job; nowMs: number }): React.ReactElement {
    const endedMs = isAtRest(job.state) ? job.endedMs : undefined;
    return endedMs === undefined ? (
        <div className="connect-transfer-speed">{speedText(job)}</div>
    ) : (
        <div className="connect-transfer-speed since" title={new Date(endedMs).toLocaleString()}>
            {agoText(nowMs - endedMs)}
        </div>
    );
}

/** Why it is not faster, where the server or the network is the reason. */
function Note(props: {
    icon: string;
    note: { readonly text: string; readonly reason: string } | undefined;
}): React.ReactElement | null {
    const { icon, note } = props;
    return note ? (
        <span className="connect-transfer-limit" title={note.reason}>
            <span className={`codicon codicon-${icon}`} aria-hidden="true" />
            {note.text}
            <span className="connect-transfer-hidden">. {note.reason}</span>
        </span>
    ) : null;
}

function Buttons({ job, handlers }: { job: Job; handlers: RowHandlers }): React.ReactElement {
    const actions: JobAction[] = [];
    const main = mainAction(job);
    if (main) {
        actions.push(main);
    }
    if (job.state === 'queued' && canDo(job, 'start-now')) {
        actions.push('start-now');
    }
    if (canDo(job, 'remove')) {
        actions.push('remove');
    }
    return (
        <div className="connect-transfer-buttons" role="gridcell">
            <Button
                icon="graph-line"
                title="Open monitor"
                job={job}
                onPress={() => handlers.onOpenMonitor(job)}
            />
            {ASKED.has(job.state) && (
                <Button icon="question" title="Why?" job={job} onPress={() => handlers.onWhy(job)} />
            )}
            {job.state !== 'queued' && (
                <Button
                    icon="folder-opened"
                    title="Open containing folder"
                    job={job}
                    onPress={() => handlers.onOpenFolder(job)}
                />
            )}
            {actions.map(action => (
                <Button
                    key={action}
                    {...ACTIONS[action]}
                    job={job}
                    onPress={() => handlers.onAction(job, action)}
                />
            ))}
        </div>
    );
}

/** Not a tab stop: keys act on the focused row, and the list keeps the focus when a button is clicked. */
function Button(props: { icon: string; title: string; job: Job; onPress(): void }): React.ReactElement {
    return (
        <button
            type="button"
            tabIndex={-1}
            className={`connect-transfer-button codicon codicon-${props.icon}`}
            title={props.title}
            aria-label={`${props.title}: ${props.job.name}`}
            onMouseDown={event => event.preventDefault()}
            onDoubleClick={event => event.stopPropagation()}
            onClick={event => {
                event.stopPropagation();
                props.onPress();
            }}
        />
    );
}
