import {
    ERROR_CATALOG,
    type ErrorCode,
    formatCount,
    formatDuration,
    formatRate,
    formatSize,
    type WireError
} from '@connect/base';
import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import { transition, type JobEvent } from './job-lifecycle';
import { isAllSkipped } from './job-record';
import { POWER_HOLD_TEXTS, powerTexts } from './power-text';
import { decodeUriPath } from './source-uris';
import type {
    BandwidthLimits,
    ConflictSide,
    FileRule,
    Job,
    JobState,
    QueueStatus
} from './transfer-protocol';

/** What a person can do with a job. */
export type JobAction = 'stop' | 'resume' | 'retry' | 'start-now' | 'restart' | 'remove';

/** State for people: an icon (codicon name) and words, never colour alone. */
export interface StateView {
    readonly icon: string;
    readonly text: string;
}

const STATES: Readonly<Record<JobState, StateView>> = {
    queued: { icon: 'watch', text: 'Queued' },
    preparing: { icon: 'loading', text: 'Preparing' },
    transferring: { icon: 'sync', text: 'Transferring' },
    finishing: { icon: 'checklist', text: 'Finishing' },
    completed: { icon: 'pass', text: 'Completed' },
    pausing: { icon: 'loading', text: 'Pausing' },
    stopping: { icon: 'loading', text: 'Stopping' },
    stopped: { icon: 'debug-pause', text: 'Stopped' },
    retrying: { icon: 'history', text: 'Retrying' },
    'needs-user': { icon: 'question', text: 'Needs answer' },
    failed: { icon: 'error', text: 'Failed' }
};

/**
 * @param attempts how often the settings let a job be tried again
 * @param isPaused all transfers are
 */
export function stateView(job: Job, nowMs: number, attempts: number, isPaused = false): StateView {
    const { icon, text } = STATES[job.state];
    if (job.state === 'queued') {
        return queuedView(job, isPaused);
    }
    if (job.state === 'needs-user' && job.question) {
        return { icon, text: `${text} (${formatCount(job.question.count)})` };
    }
    if (job.state === 'retrying') {
        const left =
            job.retryAtMs === undefined ? '' : ` in ${formatDuration(Math.max(0, job.retryAtMs - nowMs))}`;
        return { icon, text: `${text} ${job.attempt}/${attempts}${left}` };
    }
    if (job.state === 'transferring' && job.checking) {
        const percent = job.checkedPercent === undefined ? '' : ` ${job.checkedPercent} %`;
        return { icon: 'loading', text: `Checking existing data${percent}` };
    }
    return job.state === 'completed' ? completedView(job) : { icon, text };
}

/** What was left as it is was not brought, and what nobody compared is not called verified. */
function completedView(job: Job): StateView {
    const { icon, text } = STATES.completed;
    if (isAllSkipped(job)) {
        return { icon: 'debug-step-over', text: 'Skipped' };
    }
    if (job.verified) {
        return { icon, text: `${text}, verified` };
    }
    return {
        icon,
        text: job.unverified === undefined ? text : `${text}, not verified: ${job.unverified}`
    };
}

/** Every job that waits says what for. */
function queuedView(job: Job, isPaused: boolean): StateView {
    const { icon, text } = STATES.queued;
    if (job.hold === 'disk-space') {
        return { icon: 'warning', text: 'Paused, disk almost full' };
    }
    if (job.hold !== undefined) {
        return { icon: 'debug-pause', text: `Waits: ${POWER_HOLD_TEXTS[job.hold]}` };
    }
    const place = job.position === undefined ? '' : ` #${formatCount(job.position)}`;
    return isPaused ? { icon: 'debug-pause', text: `Paused${place}` } : { icon, text: `${text}${place}` };
}

const RULE_TEXTS: Readonly<Record<FileRule, readonly [string, string]>> = {
    skip: ['Skip', 'What is there stays'],
    overwrite: ['Overwrite', 'What is there is replaced'],
    rename: ['Rename', 'The new file lands beside it, as name (2).ext'],
    resume: [
        'Resume',
        'What is there is completed if it is the beginning of the new file, which is proved; else you are asked again'
    ],
    'if-newer': ['Overwrite if newer', 'What is there is replaced when it is older'],
    'if-different': ['Overwrite if the content differs', 'Both sides are read to find out']
};

/** A choice of what happens with existing files. */
export interface RuleChoice {
    readonly rule: FileRule;
    readonly label: string;
    readonly description: string;
}

/** The choices that answer a question, the harmless one first. @param count files that the answer is for; 0 for any */
export function ruleChoices(count: number): RuleChoice[] {
    const all = count > 1 ? `, all ${formatCount(count)}` : '';
    return (Object.keys(RULE_TEXTS) as FileRule[]).map(rule => {
        const [label, description] = RULE_TEXTS[rule];
        return { rule, label: `${label}${all}`, description };
    });
}

/** What sets one side of an existing file apart from the other. */
export function sideFacts(side: ConflictSide, other: ConflictSide): string[] {
    const more = (a: number | undefined, b: number | undefined): boolean =>
        a !== undefined && b !== undefined && a > b;
    return [
        ...(more(side.modifiedMs, other.modifiedMs) ? ['newer'] : []),
        ...(more(side.sizeBytes, other.sizeBytes) ? ['larger'] : [])
    ];
}

/** The question of some jobs, in one sentence. */
export function questionText(jobs: readonly Job[]): string {
    const questions = jobs.map(job => job.question).filter(question => question !== undefined);
    const count = questions.reduce((sum, question) => sum + question.count, 0);
    const [first] = questions.flatMap(question => question.files);
    const named = first ? first.path.replace(/^.*[/\\]/, '') : 'A file';
    return count > 1
        ? `${named} and ${formatCount(count - 1)} more exist at the target and differ`
        : `${named} exists at the target and differs`;
}

/** Whether the backend would accept the action now. */
export function canDo(job: Job, action: JobAction): boolean {
    if (action === 'restart' && job.fromDesktop && job.state === 'completed') {
        return false;
    }
    const sensible =
        action === 'retry'
            ? job.state === 'failed' || job.state === 'retrying'
            : action === 'resume'
              ? job.state === 'stopped' || job.state === 'needs-user'
              : action === 'stop'
                ? job.state !== 'stopping' && job.state !== 'stopped'
                : true;
    return sensible && transition(job.state, action satisfies JobEvent) !== undefined;
}

/** What the space bar and the main button of a row do. */
export function mainAction(job: Job): JobAction | undefined {
    const order: readonly JobAction[] = ['resume', 'retry', 'stop'];
    return order.find(action => canDo(job, action));
}

/** Share done in whole percent; 100 only when the job is completed, that is verified; undefined while unknown. */
export function percentDone(job: Job): number | undefined {
    if (job.state === 'completed') {
        return 100;
    }
    // a share of what is still being counted would go back and forth
    if (job.bytesTotal <= 0 || !job.scanComplete) {
        return undefined;
    }
    // of files that failed all bytes may have arrived, and yet they are not there
    const share = hasFailedWhole(job)
        ? (job.filesDone + job.filesSkipped) / job.filesTotal
        : job.bytesDone / job.bytesTotal;
    return Math.min(99, Math.floor(share * 100));
}

/** The share of a bar, for screen readers. @param percent as {@link percentDone} */
export function percentText(job: Job, percent: number | undefined): string {
    const text = percent === undefined ? 'not known yet' : `${percent} percent`;
    return job.state === 'failed' && percent !== undefined ? `failed at ${text}` : text;
}

/** Bytes that are done, of all that are known; empty while none are. */
function bytesText(job: Job): string {
    if (job.state === 'completed' || hasFailedWhole(job)) {
        return formatSize(job.bytesTotal);
    }
    return job.bytesTotal > 0
        ? `${formatSize(job.bytesDone)} of ${formatSize(job.bytesTotal)}${job.scanComplete ? '' : ' so far'}`
        : '';
}

/** What is at its place of what there is: bytes, or files where bytes would tell what is not so; empty while unknown. */
export function doneText(job: Job): string {
    const { filesDone, filesSkipped, filesTotal } = job;
    return hasFailedWhole(job)
        ? `${partText(filesDone + filesSkipped, filesTotal)} ${filesTotal === 1 ? 'file' : 'files'}`
        : bytesText(job);
}

function partText(done: number, total: number): string {
    return `${formatCount(done)} of ${formatCount(total)}`;
}

/** All bytes were moved, and some files failed all the same, or wait for an answer. */
function hasFailedWhole(job: Job): boolean {
    const isMissing = job.filesFailed > 0 || (job.state === 'needs-user' && job.question !== undefined);
    return isMissing && job.filesTotal > 0 && job.bytesDone >= job.bytesTotal;
}

/** Rate, time left, bytes and files, as far as there is something to say: what changes first, for rows are cut at the end. */
export function progressText(job: Job): string {
    return [speedText(job), amountText(job)].filter(part => part !== '').join(' · ');
}

/** Rate and time left, as far as they are known. */
export function speedText(job: Job): string {
    const rate = job.rateBps > 0 ? formatRate(job.rateBps) : '';
    const left = job.remainingMs === undefined ? '' : `${formatDuration(job.remainingMs)} left`;
    return [rate, left].filter(part => part !== '').join(' · ');
}

/**
 * The way of a job that is not the usual one, with the sentence that explains it; undefined for all others. Whoever
 * watches the list is to learn that it is slower, and that nothing has to be done.
 */
export function detour(job: Job): { readonly text: string; readonly reason: string } | undefined {
    return job.path?.kind === 'https'
        ? {
              text: 'over HTTPS',
              reason: 'UDP does not get through: the files go over HTTPS, which is slower.'
          }
        : undefined;
}

/** Bytes and files, as far as they are known. */
export function amountText(job: Job): string {
    const bytes = bytesText(job);
    const { filesDone, filesSkipped, filesTotal, filesFailed } = job;
    const files = filesTotal > 1 ? `${partText(filesDone + filesSkipped, filesTotal)} files` : '';
    const failed = filesFailed > 0 ? `${formatCount(filesFailed)} failed` : '';
    return [bytes, files, failed, skippedText(job)].filter(part => part !== '').join(' · ');
}

/** Of files that stay as they are at the target, empty when there are none. */
function skippedText(job: Job): string {
    if (job.filesSkipped === 0) {
        return '';
    }
    if (job.state === 'completed' && isAllSkipped(job)) {
        return job.filesTotal > 1 ? 'left as they are' : 'left as it is';
    }
    return `${formatCount(job.filesSkipped)} skipped`;
}

/** Source and destination for people. */
export function placesOf(job: Job): { readonly from: string; readonly to: string } {
    if (job.fromDesktop) {
        return { from: 'Your desktop', to: placeText(job.target, job.accountName) };
    }
    const sourceFolder = job.sources.length > 0 ? parentOf(placeText(job.sources[0], job.accountName)) : '';
    return { from: sourceFolder, to: placeText(job.target, job.accountName) };
}

/** What went wrong and what helps. */
export function errorText(error: WireError): { readonly summary: string; readonly remedy: string } {
    const row = ERROR_CATALOG[error.code as ErrorCode] ?? ERROR_CATALOG.internal;
    return { summary: `${row.title}: ${error.message} (${error.code}, ${row.ascp})`, remedy: row.remedy };
}

/** The sentence for screen readers when a job starts, ends or fails; undefined for all else. */
export function announcement(job: Job, before: JobState | undefined): string | undefined {
    if (before === job.state) {
        return undefined;
    }
    switch (job.state) {
        case 'preparing':
            return `Transfer of ${job.name} started`;
        case 'completed':
            return before === undefined
                ? undefined
                : `Transfer of ${job.name} ${isAllSkipped(job) ? 'skipped, for it is there already' : 'completed'}`;
        case 'failed':
            return before === undefined
                ? undefined
                : `Transfer of ${job.name} failed. ${job.error?.message ?? ''}`;
        case 'needs-user':
            return before === undefined ? undefined : `Transfer of ${job.name} needs an answer`;
        default:
            return undefined;
    }
}

/** What holds for all jobs, empty when nothing does. @param timeText an epoch ms as a person reads it */
export function queueText(queue: QueueStatus, timeText: (epochMs: number) => string): string {
    const { paused } = queue;
    const pause =
        paused === undefined
            ? ''
            : paused.untilMs === undefined
              ? 'paused'
              : `paused until ${timeText(paused.untilMs)}`;
    const limits = limitsText(queue.limits);
    return [
        pause,
        ...powerTexts(queue.power),
        limits === '' || !queue.scheduled ? limits : `${limits} by schedule`
    ]
        .filter(part => part !== '')
        .join(' · ');
}

function limitsText(limits: BandwidthLimits): string {
    const parts = (['manual', 'automatic'] as const).flatMap(kind => {
        const { send, receive } = limits[kind];
        const both = [
            send === undefined ? '' : `↑${formatRate(send)}`,
            receive === undefined ? '' : `↓${formatRate(receive)}`
        ].filter(text => text !== '');
        return both.length === 0 ? [] : [`${kind === 'manual' ? '' : 'automatic '}${both.join(' ')}`];
    });
    return parts.length === 0 ? '' : `limits ${parts.join(', ')}`;
}

/** Status line, empty when there is nothing to say. */
export function summaryText(summary: {
    active: number;
    queued: number;
    attention: number;
    rateBps: number;
    sendBps: number;
}): string {
    const active = summary.active > 0 ? `${formatCount(summary.active)} active` : '';
    const both = [
        ['↑', summary.sendBps],
        ['↓', summary.rateBps - summary.sendBps]
    ] as const;
    const rate = both.flatMap(([arrow, bps]) => (bps >= 1 ? [`${arrow}${formatRate(bps)}`] : [])).join(' ');
    const queued = summary.queued > 0 ? `${formatCount(summary.queued)} queued` : '';
    const attention =
        summary.attention > 0
            ? `${formatCount(summary.attention)} ${summary.attention === 1 ? 'needs' : 'need'} attention`
            : '';
    return [active, rate, queued, attention].filter(part => part !== '').join(' · ');
}

function placeText(uri: string, accountName: string): string {
    const remote = parseRemoteUri(uri);
    return remote ? `${accountName}:${remote.path}` : decodeUriPath(uri.replace(/^file:\/\//i, ''));
}

function parentOf(text: string): string {
    const cut = text.replace(/\/+$/, '').lastIndexOf('/');
    return cut > 0 ? text.slice(0, text[cut - 1] === ':' ? cut + 1 : cut) : text;
}
