import { formatCount, formatDuration, type WireError } from '@connect/base';
import { isAtRest, isRunning } from '../job-lifecycle';
import { isAllSkipped } from '../job-record';
import { serverLimit } from '../rate-locks';
import type { Job, PowerHold } from '../transfer-protocol';
import type { JobEvidence } from './evidence';
import { headlineOf, REMEDY_LABELS, remedyFor, type RemedyAction } from './remedies';
import { rowsOfRun, type StageRow } from './stage-rows';

/** Moves everything over HTTPS, after a login by SSH. */
export const HTTPS_ENGINE = 'https';

/** A button. One that cannot do anything now says why. */
export interface OfferedAction {
    readonly action: RemedyAction;
    readonly label: string;
    readonly disabledReason?: string;
}

/** Why a job is where it is, and what helps. */
export interface Explanation {
    /** E.g. `Why did “raw” fail?` */
    readonly question: string;
    /** The answer, in some words. */
    readonly headline: string;
    /** Sentences. */
    readonly details: readonly string[];
    readonly rows: readonly StageRow[];
    readonly actions: readonly OfferedAction[];
}

/** What an explanation needs beside the job. */
export interface JobSurroundings {
    /** Undefined when nothing was recorded, e.g. because the job has not run yet. */
    readonly evidence: JobEvidence | undefined;
    readonly isPaused: boolean;
    /** Epoch ms. */
    readonly nowMs: number;
}

/** Pure: what the panel of a job shows. */
export function explainJob(job: Job, surroundings: JobSurroundings): Explanation {
    const { evidence } = surroundings;
    const failure = failureOf(job, evidence);
    const { headline, details, actions } = answer(job, failure, surroundings);
    return {
        question: questionOf(job),
        headline,
        details,
        rows: rowsOfRun({
            observations: evidence?.stages ?? [],
            failure: isRunning(job.state) ? undefined : rootOf(failure, evidence),
            isComplete: job.state === 'completed'
        }),
        actions: actions.map(action => offer(action, job, evidence))
    };
}

type Answer = Pick<Explanation, 'headline' | 'details'> & { readonly actions: readonly RemedyAction[] };

function questionOf({ name, state }: Job): string {
    switch (state) {
        case 'failed':
            return `Why did “${name}” fail?`;
        case 'retrying':
            return `Why is “${name}” tried again?`;
        case 'needs-user':
            return `What does “${name}” wait for?`;
        case 'queued':
        case 'pausing':
            return `Why does “${name}” wait?`;
        case 'stopped':
        case 'stopping':
            return `Why was “${name}” stopped?`;
        case 'completed':
            return `What became of “${name}”?`;
        default:
            return `How is “${name}” doing?`;
    }
}

/** The error that is shown while nothing runs. */
function failureOf(job: Job, evidence: JobEvidence | undefined): WireError | undefined {
    return job.state === 'completed' || job.state === 'queued' ? undefined : (job.error ?? evidence?.error);
}

/** Where some files failed, the reason of the first one says where. */
function rootOf(failure: WireError | undefined, evidence: JobEvidence | undefined): WireError | undefined {
    return failure?.code === 'transfer.some-files-failed' ? (evidence?.files[0]?.error ?? failure) : failure;
}

function answer(job: Job, failure: WireError | undefined, surroundings: JobSurroundings): Answer {
    if (job.state === 'queued' || job.state === 'pausing') {
        return waiting(job, surroundings);
    }
    if (isRunning(job.state)) {
        return running(job, surroundings.evidence);
    }
    if (!failure) {
        return resting(job);
    }
    const code = rootOf(failure, surroundings.evidence)!.code;
    const remedy = remedyFor(code);
    const own = remedyFor(failure.code);
    const actions = [...new Set([...remedy.actions, ...own.actions])];
    const usual: readonly RemedyAction[] = job.wantedEngineId === HTTPS_ENGINE ? ['retry-usual'] : [];
    return {
        headline: headlineOf(failure.code),
        details: [
            failure.message,
            // one reason for all files is the failure itself
            ...(failure.code === 'transfer.some-files-failed' ? fileLines(surroundings.evidence) : []),
            `Likely: ${remedy.likely}`,
            remedy.help,
            ...retryLine(job, surroundings.nowMs)
        ],
        actions: [...actions, ...usual]
    };
}

function fileLines(evidence: JobEvidence | undefined): string[] {
    const files = evidence?.files ?? [];
    return files.slice(0, 3).map(({ path, error }) => `${path}: ${error.message}`);
}

function retryLine({ state, retryAtMs }: Job, nowMs: number): string[] {
    return state === 'retrying' && retryAtMs !== undefined
        ? [`It is tried again by itself in ${formatDuration(Math.max(0, retryAtMs - nowMs))}.`]
        : [];
}

function waiting(job: Job, { isPaused }: JobSurroundings): Answer {
    if (job.hold === 'disk-space') {
        return {
            headline: 'The disk of its folder is almost full',
            details: ['Automatic downloads wait until there is room; it goes on by itself then.'],
            actions: ['open-folder', 'choose-folder', 'start-now']
        };
    }
    if (job.hold !== undefined) {
        return waitingForPower(job, job.hold);
    }
    if (isPaused) {
        return {
            headline: 'All transfers are paused',
            details: ['It goes on when the pause ends, or when you start it now.'],
            actions: ['resume-all', 'start-now']
        };
    }
    const place = job.position === undefined ? '' : `, at place ${formatCount(job.position)}`;
    return {
        headline: `It waits for its turn${place}`,
        details: ['The queue lets a few transfers run at a time; the settings say how many.'],
        actions: ['start-now', 'transfer-settings']
    };
}

const POWER_HEADLINES: Readonly<Record<PowerHold, string>> = {
    battery: 'The computer is on battery power',
    metered: 'The computer is on a metered connection'
};

const POWER_ENDS: Readonly<Record<PowerHold, string>> = {
    battery: 'is on mains power again',
    metered: 'has a connection that is not metered'
};

function waitingForPower({ automatic }: Job, hold: PowerHold): Answer {
    const what = automatic ? 'Automatic transfers' : 'Transfers';
    return {
        headline: POWER_HEADLINES[hold],
        details: [
            `${what} wait then, as the settings of bandwidth say. It goes on by itself some seconds after the computer ${POWER_ENDS[hold]}.`,
            'When you start it anyway, it is not stopped for this reason again.'
        ],
        actions: ['start-anyway', 'bandwidth-settings']
    };
}

function running(job: Job, evidence: JobEvidence | undefined): Answer {
    if (job.state === 'transferring' && job.checking) {
        return {
            headline: 'It checks what is at the target already',
            details: ['Both sides read and compare it; only what is missing or differs is sent then.'],
            actions: ['open-log']
        };
    }
    const isStill = job.state === 'transferring' && job.rateBps === 0;
    if (isStill) {
        return {
            headline: 'No data arrives at this moment',
            details: [
                'The disk of one side may be busy, or the path may have gone dead.',
                'When nothing comes for half a minute, the run goes on over HTTPS where it may, or is tried again.'
            ],
            actions: ['open-log', 'network-settings']
        };
    }
    const limit = serverLimit(job.inForce);
    const isFallback = evidence?.stages.some(({ stage, state }) => stage === 'https' && state === 'ok');
    return {
        headline: isFallback ? 'It runs, over HTTPS because UDP does not pass' : 'It runs',
        details: [
            ...(job.state === 'preparing' ? ['It connects, counts its files and looks what is there.'] : []),
            ...(limit ? [limit.reason] : [])
        ],
        actions: ['open-log']
    };
}

function resting(job: Job): Answer {
    if (job.state === 'completed') {
        if (isAllSkipped(job)) {
            const reason =
                'Files of the same size and time, or those that a rule or an answer keeps, stay as they are at the target.';
            return {
                headline: 'Nothing had to be transferred',
                details: [reason],
                actions: ['open-folder', 'open-log']
            };
        }
        const proof = job.verified
            ? ['Every byte was compared at the target.']
            : job.unverified === undefined
              ? []
              : [`It was not verified: ${job.unverified}.`];
        return { headline: 'It is complete', details: proof, actions: ['open-folder', 'open-log'] };
    }
    return {
        headline: 'It was stopped on request',
        details: ['What arrived is kept; the transfer goes on from there.'],
        actions: ['resume', 'open-log']
    };
}

function offer(action: RemedyAction, job: Job, evidence: JobEvidence | undefined): OfferedAction {
    const disabledReason = objection(action, job, evidence);
    return {
        action,
        label: REMEDY_LABELS[action],
        ...(disabledReason === undefined ? {} : { disabledReason })
    };
}

function objection(action: RemedyAction, job: Job, evidence: JobEvidence | undefined): string | undefined {
    if (action === 'retry-https') {
        const session = evidence?.stages.find(({ stage, state }) => stage === 'session' && state === 'ok');
        return session && !session.https ? 'The server has told that it does not answer by HTTPS' : undefined;
    }
    if ((action === 'retry' || action === 'resume') && isAtRest(job.state) && job.state === 'completed') {
        return 'It is complete';
    }
    return undefined;
}
