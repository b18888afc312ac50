import type { RpcServer } from '@theia/core/lib/common/messaging/proxy-factory';
import type { JobEvidence } from './evidence';
import type { Observation } from './stages';

/** Path of the diagnosis service on the RPC connection between window and backend. */
export const DIAGNOSIS_SERVICE_PATH = '/services/connect/diagnosis';

export const DiagnosisService = Symbol('DiagnosisService');

/**
 * What is tested: the way of a job, that of an account and, where it is named, a folder there, or that to any host. Ports
 * are 33001 where they are not named.
 */
export type DiagnosisSubject =
    | { readonly kind: 'job'; readonly jobId: string }
    | { readonly kind: 'account'; readonly accountId: string; readonly path?: string }
    | {
          readonly kind: 'host';
          readonly host: string;
          readonly sshPort?: number;
          readonly udpPort?: number;
      };

/** A test of the way to a server, as far as it has come. JSON-safe, without secrets. */
export interface LiveTest {
    readonly testId: string;
    /** For people, e.g. `Demo server (127.0.0.1)`. */
    readonly subjectName: string;
    readonly accountId?: string;
    /** Epoch ms. */
    readonly startedMs: number;
    /** Absent while it goes on. */
    readonly endedMs?: number;
    readonly isCancelled: boolean;
    /** In order; every stage that is a matter of this test. */
    readonly stages: readonly Observation[];
}

/** What a job is told to do otherwise in its next run. */
export type Mending =
    | { readonly kind: 'folder'; readonly target: string }
    /** Nothing over UDP any more. */
    | { readonly kind: 'https' }
    | { readonly kind: 'usual-way' };

/** What a window is told. */
export interface DiagnosisClient {
    /** Only of tests that this window began. */
    onTestProgress(test: LiveTest): void;
}

/** Explanations for one window; its tests end with its connection. Rejections carry a ConnectError. */
export interface DiagnosisService extends RpcServer<DiagnosisClient> {
    /** What the last run of the job recorded; undefined when there is nothing. Rejects with `transfer.job-unknown`. */
    evidence(jobId: string): Promise<JobEvidence | undefined>;
    /** Tests the way now. Rejects with `transfer.job-unknown`, `security.account-unknown`, `usage`. */
    begin(subject: DiagnosisSubject): Promise<LiveTest>;
    cancel(testId: string): Promise<void>;
    /**
     * Changes a job that does not run, and puts it into the queue. Rejects with `transfer.job-unknown`,
     * `transfer.job-state`, `usage`.
     */
    mend(jobId: string, mending: Mending): Promise<void>;
    /** A text for somebody who is to help: no secrets; names of users, hosts, files and folders are in it. */
    report(subject: DiagnosisSubject, testId?: string): Promise<string>;
}
