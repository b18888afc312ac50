import { WireError } from '@connect/base';
import { NotificationType, RequestType } from 'vscode-jsonrpc';
import { OverwriteRule, ResumeLevel } from '../proto/overwrite-decision';
import { RemovalRules } from '../node/source-removal';
import { SymlinkPolicy, TransferSummary } from '../node/transfer-types';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { KeepRules } from '../proto/kept-facts';
import { TransferSource } from '../proto/placement';
import { SelectionRules } from '../proto/source-selection';
import { RateSettings } from '../proto/rate-controller';
import { RateRules } from './rate-rules';
import { SessionPermissions } from './session-launch';

/** Version of the messages in this file; a peer that speaks another one is refused. */
export const CONTROL_VERSION = 1;
/** The command the client runs over its SSH session. */
export const SERVER_COMMAND = 'connect-cp --server';
/** Before the token of a session whose connection was lost: the channel is to take the place of that which is gone. */
export const ATTACH_COMMAND = 'connect-cp --attach ';
/** A larger message ends the session: nothing here is legitimately that long. */
export const MAX_CONTROL_MESSAGE_BYTES = 16 * 1024 * 1024;

export type SessionCipher = 'aes-128-gcm' | 'aes-256-gcm';

/** Server → client, first message: everything the data channel needs. The SSH channel keeps it secret. */
export interface HelloMessage {
    readonly protocol: number;
    /** Name and version, for logs. */
    readonly software: string;
    /** 16 hexadecimal digits. */
    readonly sessionId: string;
    /** 32 random bytes, base64; fresh for every session. */
    readonly secret: string;
    /** In order of preference. */
    readonly ciphers: readonly SessionCipher[];
    /** Hashes the server knows. Absent: `sha256` alone. */
    readonly hashes?: readonly HashAlgorithm[];
    readonly udpPort: number;
    /** The port was chosen for this session, of those that the host or the client allows. */
    readonly isOwnPort?: boolean;
    /** Only when it differs from the address of the SSH connection. */
    readonly udpHost?: string;
    readonly caps: SessionCaps;
    /** A session whose connection is lost can be given another by {@link ATTACH_COMMAND}. */
    readonly canAttach?: boolean;
    /** Where the transfer can go on when UDP does not pass; absent when the server offers no HTTPS. */
    readonly https?: HttpsOffer;
}

/** A server's HTTPS, as it tells a user who is logged in. */
export interface HttpsOffer {
    readonly port: number;
    /** `SHA256:…` of its certificate, as of a host key. */
    readonly fingerprint: string;
    /** Logs this user in there; worthless after a day. */
    readonly token: string;
}

/** What the server grants; the client keeps within it without being asked. */
export interface SessionCaps extends RateRules {
    readonly permissions: SessionPermissions;
    /** The server knows {@link SessionOptions.keep}, and what the records tell for it. */
    readonly keeps?: boolean;
}

/** Choices of one session that both ends need to know. */
export interface SessionOptions {
    readonly overwrite: OverwriteRule;
    readonly resume: ResumeLevel;
    readonly symlinks: SymlinkPolicy;
    /** The destination is a folder, to be created when it does not exist, even for a single file. */
    readonly createDestination: boolean;
    readonly partialSuffix: string;
    readonly resumeSuffix: string;
    /** Folder of the sender below which the paths of sources are kept at the target. */
    readonly sourceBase?: string;
    /** What of the sources is sent; all of it, when it is left out. */
    readonly selection?: SelectionRules;
    /** What of the sources is removed after it was sent. */
    readonly removal?: RemovalRules;
    /** What is kept of the sources beside times of last change and permission bits. */
    readonly keep?: KeepRules;
}

/** What a client wants moved. `upload` brings files to the server, `download` from it. */
export interface TransferParams {
    readonly protocol: number;
    readonly software: string;
    readonly direction: 'upload' | 'download';
    /** Of a download: paths on the server. */
    readonly sources?: readonly TransferSource[];
    /** Of an upload: a path on the server. */
    readonly destination?: string;
    readonly options: SessionOptions;
    /** Of a download: the client asks for what is to be sent, file by file, over the session. */
    readonly requested?: boolean;
    /** Hashes the client knows, in order of preference, where it has not seen a {@link HelloMessage}. */
    readonly hashes?: readonly HashAlgorithm[];
    readonly rate: RateSettings;
}

/** Client → server. */
export interface StartParams extends TransferParams {
    readonly cipher: SessionCipher;
    /** One of those in `hello`, for both ends. Absent: `sha256`. */
    readonly hash?: HashAlgorithm;
    /** Room for one datagram's plaintext, both ways. */
    readonly maxPlaintextBytes: number;
}

/** The rate within the server's rules; the client shows and uses it. */
export interface StartResult {
    readonly rate: RateSettings;
}

/** Server → client, last message. Exactly one of the two is set. */
export interface EndedMessage {
    readonly summary?: TransferSummary;
    readonly error?: WireError;
}

/**
 * Client → server, last message, followed by the end of the channel: everything is at its place or has failed. A
 * client that has said this waits for nothing.
 */
export type DoneMessage = Pick<TransferSummary, 'filesDone' | 'filesFailed' | 'bytesDone' | 'error'>;

/** Server → client, first message over a channel that took the place of another. */
export type AttachedMessage = StartResult;

/** Errors of requests carry a WireError in `data`. */
export const HelloNotification = new NotificationType<HelloMessage>('hello');
export const AttachedNotification = new NotificationType<AttachedMessage>('attached');
export const DoneNotification = new NotificationType<DoneMessage>('done');
export const EndedNotification = new NotificationType<EndedMessage>('ended');
export const StartRequest = new RequestType<StartParams, StartResult, WireError>('start');
export const SetRateRequest = new RequestType<RateSettings, StartResult, WireError>('setRate');
export const StopRequest = new RequestType<{ readonly reason: WireError }, object, WireError>('stop');
