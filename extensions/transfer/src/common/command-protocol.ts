import type { AccountService } from '@connect/security/lib/common/account-protocol';
import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { JobDelta, JobSnapshot, TransferService } from './transfer-protocol';

/** Version of the messages on the command socket; peers of another one are refused. Format: docs/formats/command-socket.md. */
export const COMMAND_PROTOCOL = 1;
/** A longer message ends the connection; the list of ten thousand transfers has about a fifth of it. */
export const MAX_COMMAND_MESSAGE_BYTES = 64 * 1024 * 1024;

/** Who runs the transfers: a backend with windows, or one without, which gives way to the former. */
export type OwnerKind = 'window' | 'headless';

/** First request. */
export interface HelloParams {
    readonly protocol: number;
    /** Random, at least 16 bytes, base64url. */
    readonly nonce: string;
}

export interface HelloResult {
    readonly protocol: number;
    /** Name and version, for people. */
    readonly software: string;
    readonly kind: OwnerKind;
    readonly pid: number;
    /** Random, for the proof of the client. */
    readonly nonce: string;
    /** That the backend knows the key of this user, over the nonce of the client. */
    readonly proof: string;
}

/** Arguments of a call, in their order. */
export interface CallParams {
    readonly args: readonly unknown[];
}

export const HelloRequest = new RequestType<HelloParams, HelloResult, unknown>('hello');
/** Second request: that the client knows the key of this user. */
export const ProveRequest = new RequestType<{ readonly proof: string }, object, unknown>('prove');
/** All transfers as they are; from then on {@link JobsNotification} tells changes. */
export const WatchRequest = new RequestType<object, JobSnapshot, unknown>('watch');
export const JobsNotification = new NotificationType<JobDelta>('jobs');
/** Asks a backend without windows to end; what runs is continued by the next one. Refused by one with windows. */
export const LeaveRequest = new RequestType<object, object, unknown>('leave');

/** What may be called of the transfer service, as `transfers/NAME`. */
export const TRANSFER_METHODS = [
    'submit',
    'snapshot',
    'stop',
    'resume',
    'retry',
    'startNow',
    'restart',
    'move',
    'setPriority',
    'setRate',
    'setExisting',
    'pauseAll',
    'resumeAll',
    'remove',
    'clearFinished'
] as const satisfies ReadonlyArray<keyof TransferService>;

/** What may be called of the account service, as `accounts/NAME`. */
export const ACCOUNT_METHODS = [
    'list',
    'types',
    'add',
    'remove',
    'provideSecrets',
    'forgetSecrets',
    'trustHostKey',
    'keychain'
] as const satisfies ReadonlyArray<keyof AccountService>;

/** The transfer service as commands see it. Rejects with ConnectErrors. */
export type CommandTransfers = Pick<TransferService, (typeof TRANSFER_METHODS)[number]>;
/** The account service as commands see it. Rejects with ConnectErrors. */
export type CommandAccounts = Pick<AccountService, (typeof ACCOUNT_METHODS)[number]>;
