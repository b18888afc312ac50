import { formatDuration, formatRate } from '@connect/base';
import { errorText, percentDone, progressText, questionText, stateView } from '../common/job-view';
import { showAddress } from '../common/command-address';
import type { Job } from '../common/transfer-protocol';

const SHORT_ID = 8;
const WINDOWS = process.platform === 'win32';

export const JOB_COLUMNS: readonly string[] = ['ID', 'STATE', 'DONE', 'NAME', 'PROGRESS', 'FROM', 'TO'];

/** One row of a table of transfers. */
export function jobRow(job: Job, nowMs: number, isPaused: boolean): readonly string[] {
    const percent = percentDone(job);
    return [
        job.id.slice(0, SHORT_ID),
        stateText(job, nowMs, isPaused),
        percent === undefined ? '-' : `${percent}%`,
        job.name,
        job.state === 'failed' && job.error ? job.error.message : progressText(job),
        job.direction === 'send' ? 'this computer' : job.accountName,
        address(job, job.target)
    ];
}

/** All there is to say about one transfer, as names and values. */
export function jobFacts(
    job: Job,
    nowMs: number,
    isPaused: boolean
): ReadonlyArray<readonly [string, string]> {
    const time = (epochMs: number | undefined): string =>
        epochMs === undefined ? '' : new Date(epochMs).toLocaleString();
    const { targetBps, minBps, policy } = job.rate;
    const rate = [
        targetBps === undefined ? '' : `target ${formatRate(targetBps)}`,
        minBps === undefined ? '' : `minimum ${formatRate(minBps)}`,
        policy ?? ''
    ];
    const error = job.error && errorText(job.error);
    const facts: Array<readonly [string, string]> = [
        ['Id', job.id],
        ['Name', job.name],
        ['State', stateText(job, nowMs, isPaused)],
        ['Progress', progressText(job)],
        ['Direction', job.direction],
        ...job.sources.map(source => ['Source', address(job, source)] as const),
        ['Target', address(job, job.target)],
        ['Priority', job.priority],
        ['Existing files', job.existing],
        ['Rate', rate.filter(part => part !== '').join(', ') || 'as the settings say'],
        ['Engine', job.engineId ?? ''],
        ['Created', time(job.createdMs)],
        ['Started', time(job.startedMs)],
        ['Ended', time(job.endedMs)],
        ['Took', tookText(job)],
        ['Question', job.question ? questionText([job]) : ''],
        ['Error', error?.summary ?? ''],
        ['What helps', error?.remedy ?? '']
    ];
    return facts.filter(([, value]) => value !== '');
}

/** What became of a transfer, as a line. */
export function jobLine(job: Job, nowMs: number): string {
    const percent = percentDone(job);
    const parts = [
        stateText(job, nowMs, false),
        percent === undefined || job.state === 'completed' ? '' : `${percent}%`,
        progressText(job),
        job.state === 'failed' || job.state === 'needs-user' ? (job.error?.message ?? '') : ''
    ];
    return `${job.id.slice(0, SHORT_ID)}  ${job.name}  ${parts.filter(part => part !== '').join(' · ')}`;
}

function stateText(job: Job, nowMs: number, isPaused: boolean): string {
    if (job.state === 'retrying' && job.retryAtMs !== undefined) {
        return `Retrying in ${formatDuration(Math.max(0, job.retryAtMs - nowMs))}`;
    }
    return stateView(job, nowMs, 0, isPaused).text;
}

function address(job: Job, uri: string): string {
    return showAddress(uri, new Map([[job.accountId, job.accountName]]), WINDOWS);
}

function tookText(job: Job): string {
    return job.startedMs === undefined || job.endedMs === undefined
        ? ''
        : formatDuration(job.endedMs - job.startedMs);
}
