import type { JobState } from './transfer-protocol';

/**
 * What happens to a job. `retry-later`, `fail` and `ask-user` are the three ways a run ends badly (see `retry-policy`),
 * `halted` is its end after it was asked to end; `pause` comes when all transfers are paused; `restart` begins again
 * without what arrived; `backend-started` is told once to every job that was read back from the store.
 */
export type JobEvent =
    | 'start'
    | 'start-now'
    | 'data-flows'
    | 'all-sent'
    | 'finish'
    | 'retry-later'
    | 'fail'
    | 'ask-user'
    | 'halted'
    | 'pause'
    | 'restart'
    | 'retry-due'
    | 'stop'
    | 'resume'
    | 'retry'
    | 'remove'
    | 'account-removed'
    | 'backend-started';

/**
 * What the executor does after it has stored the new state, in this order.
 *
 * - `run`: start an engine. `stop-run`: ask the engine to end; its end is told by `finish` or one of the bad ends.
 * - `wait`: arm the timer of the next try. `settle`: note the time of the end.
 * - `release-staging`: files that were staged for the job are no longer needed.
 * - `forget-attempts`, `clear-error`: the record starts afresh in that respect. `start-over`: the next run leaves nothing
 *   of what arrived before it.
 * - `remove-when-ended`: `delete` follows once the engine has ended. `delete`: the record goes.
 */
export type JobEffect =
    | 'run'
    | 'stop-run'
    | 'wait'
    | 'settle'
    | 'release-staging'
    | 'forget-attempts'
    | 'clear-error'
    | 'start-over'
    | 'remove-when-ended'
    | 'delete';

/** One cell of the table. */
export interface JobTransition {
    readonly state: JobState;
    readonly effects: readonly JobEffect[];
}

const to = (state: JobState, ...effects: JobEffect[]): JobTransition => ({ state, effects });

type Row = Partial<Record<JobEvent, JobTransition>>;

/** The ways a run can end, the same from each state that has one. */
const RUN_ENDS: Row = {
    finish: to('completed', 'clear-error', 'forget-attempts', 'settle', 'release-staging'),
    'retry-later': to('retrying', 'wait'),
    fail: to('failed', 'settle'),
    'ask-user': to('needs-user'),
    stop: to('stopping', 'stop-run'),
    pause: to('pausing', 'stop-run'),
    'account-removed': to('stopping', 'stop-run'),
    remove: to('stopping', 'stop-run', 'remove-when-ended'),
    // The engine died with the backend: what arrived is kept, and the job takes its place in the queue again.
    'backend-started': to('queued')
};

/** Waiting or resting jobs can be dropped without asking anybody. */
const idle = (state: JobState): Row => ({ remove: to(state, 'release-staging', 'delete') });

const TO_QUEUE: Row = {
    resume: to('queued', 'clear-error'),
    retry: to('queued', 'clear-error', 'forget-attempts'),
    restart: to('queued', 'clear-error', 'forget-attempts', 'start-over'),
    'start-now': to('preparing', 'clear-error', 'forget-attempts', 'run')
};

const TO_STOPPED: Row = {
    stop: to('stopped', 'settle'),
    'account-removed': to('stopped', 'settle')
};

const TABLE: Readonly<Record<JobState, Row>> = {
    queued: {
        ...idle('queued'),
        ...TO_STOPPED,
        start: to('preparing', 'run'),
        'start-now': to('preparing', 'run'),
        resume: to('queued'),
        retry: to('queued', 'forget-attempts'),
        restart: to('queued', 'forget-attempts', 'start-over'),
        'backend-started': to('queued')
    },
    preparing: { ...RUN_ENDS, 'data-flows': to('transferring'), 'all-sent': to('finishing') },
    transferring: { ...RUN_ENDS, 'data-flows': to('transferring'), 'all-sent': to('finishing') },
    // A file that is sent again after its check failed makes bytes flow once more.
    finishing: { ...RUN_ENDS, 'data-flows': to('transferring'), 'all-sent': to('finishing') },
    pausing: {
        // Failures of its own are no matter of the pause; all else goes on when the pause is over.
        finish: RUN_ENDS.finish,
        halted: to('queued'),
        'retry-later': to('queued'),
        fail: to('failed', 'settle'),
        'ask-user': to('needs-user'),
        'data-flows': to('pausing'),
        'all-sent': to('pausing'),
        pause: to('pausing'),
        stop: to('stopping'),
        'account-removed': to('stopping'),
        remove: to('stopping', 'remove-when-ended'),
        'backend-started': to('queued')
    },
    stopping: {
        // The end may have come before the request to stop reached the engine.
        finish: RUN_ENDS.finish,
        halted: to('stopped', 'settle'),
        'retry-later': to('stopped', 'settle'),
        fail: to('stopped', 'settle'),
        'ask-user': to('stopped', 'settle'),
        'data-flows': to('stopping'),
        'all-sent': to('stopping'),
        stop: to('stopping'),
        'account-removed': to('stopping'),
        remove: to('stopping', 'remove-when-ended'),
        'backend-started': to('stopped', 'settle')
    },
    retrying: {
        ...idle('retrying'),
        ...TO_STOPPED,
        ...TO_QUEUE,
        'retry-due': to('queued'),
        'backend-started': to('retrying', 'wait')
    },
    'needs-user': {
        ...idle('needs-user'),
        ...TO_STOPPED,
        ...TO_QUEUE,
        'backend-started': to('queued', 'clear-error')
    },
    completed: {
        ...idle('completed'),
        restart: to('queued', 'start-over'),
        'backend-started': to('completed'),
        'account-removed': to('completed')
    },
    stopped: {
        ...idle('stopped'),
        ...TO_QUEUE,
        stop: to('stopped'),
        'backend-started': to('stopped'),
        'account-removed': to('stopped')
    },
    failed: {
        ...idle('failed'),
        ...TO_QUEUE,
        'backend-started': to('failed'),
        'account-removed': to('failed')
    }
};

/** The next state and what to do, or undefined when the event makes no sense in this state: then nothing changes. */
export function transition(state: JobState, event: JobEvent): JobTransition | undefined {
    return TABLE[state][event];
}

const RUNNING: ReadonlySet<JobState> = new Set([
    'preparing',
    'transferring',
    'finishing',
    'pausing',
    'stopping'
]);

/** An engine works for the job, or is about to: it holds one of the slots of the queue. */
export function isRunning(state: JobState): boolean {
    return RUNNING.has(state);
}

/** Nothing happens any more unless a person asks for it. */
export function isAtRest(state: JobState): boolean {
    return state === 'completed' || state === 'stopped' || state === 'failed';
}
