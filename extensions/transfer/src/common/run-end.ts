import type { TransferOutcome } from '@connect/api';
import { ConnectError, formatCount } from '@connect/base';
import type { JobEvent } from './job-lifecycle';
import { isAllSkipped, type JobRecord } from './job-record';
import { afterFailure, type RetrySettings } from './retry-policy';
import type { JobQuestion } from './transfer-protocol';

/** How a run ended, and what the one who decides about the job needs to know of it. */
export interface RunEnd {
    readonly result: TransferOutcome | ConnectError;
    /** It was asked to end. */
    readonly stopAsked: boolean;
    /** Bytes at the target when it began. */
    readonly bytesBefore: number;
    /** What it found at the target and may not decide. */
    readonly question?: JobQuestion;
}

/** What becomes of the job: an event for the table, and what it changes beside the state. */
export interface RunVerdict {
    readonly event: JobEvent;
    readonly facts: Partial<JobRecord>;
}

/** Codes of a run that did all but what it must ask for. */
const ASKING: ReadonlySet<string> = new Set(['transfer.some-files-failed', 'transfer.target-differs']);

/**
 * @param record with the last progress of the run
 * @param wallMs epoch ms, from which the wait for the next try is counted
 */
export function judgeRunEnd(
    record: JobRecord,
    end: RunEnd,
    retry: RetrySettings,
    wallMs: number
): RunVerdict {
    const { result, stopAsked, bytesBefore, question } = end;
    if (!(result instanceof ConnectError)) {
        const { unverified } = result;
        const verified = unverified === undefined && !isAllSkipped(record);
        return { event: 'finish', facts: { verified, unverified, fromStart: false } };
    }
    // A stop that was asked for is no error to show.
    if (result.code === 'cancelled' && stopAsked) {
        return { event: 'halted', facts: {} };
    }
    if (question && ASKING.has(result.code)) {
        const message = `${formatCount(question.count)} ${question.count === 1 ? 'file exists and differs' : 'files exist and differ'}`;
        const error = new ConnectError('transfer.target-differs', message).toWire();
        return { event: 'ask-user', facts: { question, error, attempt: 0 } };
    }
    const decision = afterFailure(result, record.attempt, record.bytesDone > bytesBefore, retry);
    const facts = { error: result.toWire(), attempt: decision.attempt };
    return decision.event === 'retry-later'
        ? { event: decision.event, facts: { ...facts, retryAtMs: wallMs + decision.delayMs } }
        : { event: decision.event, facts };
}
