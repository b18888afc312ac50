import { ConnectError, type ErrorCode } from '@connect/base';
import type { Job } from '../common/transfer-protocol';

/** Exit codes of `connect`; documented in docs/guides/connect.md, never renumbered. */
export const EXIT = {
    done: 0,
    usage: 1,
    failed: 2,
    stopped: 3,
    needsAnswer: 4,
    notPossible: 5,
    noBackend: 6,
    /** As of a program that a shell saw end by Ctrl-C. */
    interrupted: 130
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const BY_CODE: Partial<Record<ErrorCode, ExitCode>> = {
    usage: EXIT.usage,
    cancelled: EXIT.stopped,
    'transfer.job-unknown': EXIT.notPossible,
    'transfer.job-state': EXIT.notPossible,
    'security.account-unknown': EXIT.notPossible,
    'not-supported': EXIT.notPossible,
    'transfer.store-in-use': EXIT.noBackend,
    'transfer.backend-missing': EXIT.noBackend
};

/** What a failed call ends with. */
export function exitOfError(error: ConnectError): ExitCode {
    return BY_CODE[error.code] ?? (error.kind === 'needs-user' ? EXIT.needsAnswer : EXIT.failed);
}

/** What a transfer that somebody waited for ends with; undefined while it goes on. A job that left the list was removed. */
export function exitOfJob(job: Job | undefined): ExitCode | undefined {
    switch (job?.state) {
        case undefined:
        case 'stopped':
            return EXIT.stopped;
        case 'completed':
            return EXIT.done;
        case 'failed':
            return EXIT.failed;
        case 'needs-user':
            return EXIT.needsAnswer;
        default:
            return undefined;
    }
}

/** Of several: the first that is not {@link EXIT.done}, in the order failed, needs an answer, stopped. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
    return [EXIT.failed, EXIT.needsAnswer, EXIT.stopped].find(code => codes.includes(code)) ?? EXIT.done;
}
