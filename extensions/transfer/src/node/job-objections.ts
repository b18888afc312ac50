import { ConnectError } from '@connect/base';
import { transition, type JobEvent } from '../common/job-lifecycle';
import type { JobRecord } from '../common/job-record';
import type { JobState } from '../common/transfer-protocol';

/** Why a job does not allow what a person asks for: `transfer.job-unknown`, `transfer.job-state` and such. */
export function objection(
    id: string,
    record: JobRecord | undefined,
    event: JobEvent
): ConnectError | undefined {
    if (!record) {
        return new ConnectError('transfer.job-unknown', 'This transfer is not in the list any more', {
            id
        });
    }
    const { state } = record;
    if (event === 'restart' && state === 'completed' && record.stagingId !== undefined) {
        return new ConnectError('transfer.source-missing', 'Upload it from your desktop again', { id });
    }
    return transition(state, event) ? undefined : stateError(id, state);
}

/** For what makes no sense in this state. */
export function stateError(id: string, state: JobState): ConnectError {
    const message = `This is not possible while the transfer is ${state}`;
    return new ConnectError('transfer.job-state', message, { id, state });
}

/** @throws ConnectError the first of them, if any */
export function throwFirst(problems: ReadonlyArray<ConnectError | undefined>): void {
    const first = problems.find(problem => problem !== undefined);
    if (first) {
        throw first;
    }
}
