import type { JobEffect, JobTransition } from './job-lifecycle';
import type { JobRecord } from './job-record';

/** Nothing of what arrived counts any more. */
const NOTHING_DONE: Partial<JobRecord> = {
    fromStart: true,
    answers: undefined,
    answerRest: undefined,
    bytesDone: 0,
    filesDone: 0,
    filesSkipped: 0,
    filesFailed: 0,
    verified: false,
    unverified: undefined,
    endedMs: undefined
};

/**
 * The record after a transition.
 * @param facts what the event brings beside the state
 * @param wallMs epoch ms
 */
export function changedRecord(
    record: JobRecord,
    next: JobTransition,
    facts: Partial<JobRecord>,
    wallMs: number
): JobRecord {
    const changed = { ...record, ...facts, ...factsOf(next.effects, wallMs), state: next.state };
    if (next.state !== 'retrying') {
        delete changed.retryAtMs;
    }
    if (next.state !== 'needs-user') {
        delete changed.question;
    }
    return changed;
}

function factsOf(effects: readonly JobEffect[], wallMs: number): Partial<JobRecord> {
    return {
        ...(effects.includes('run') ? { startedMs: wallMs, endedMs: undefined } : {}),
        ...(effects.includes('settle') ? { endedMs: wallMs, startedDespite: undefined } : {}),
        ...(effects.includes('clear-error') ? { error: undefined } : {}),
        ...(effects.includes('forget-attempts') ? { attempt: 0 } : {}),
        ...(effects.includes('start-over') ? NOTHING_DONE : {}),
        ...(effects.includes('remove-when-ended') ? { removeWhenEnded: true } : {})
    };
}
