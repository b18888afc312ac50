import { ConnectError, type LogLevel, type StageReport } from '@connect/base';

export type TransferDirection = 'send' | 'receive';
export type RatePolicy = 'fixed' | 'high' | 'fair' | 'low';
/**
 * What becomes of a file that exists at the target. As ascp's `--overwrite`, and three more, which replace nothing:
 * with `report` a file that differs fails with `transfer.target-differs`, with `rename` the new one lands beside it as
 * `name (2).ext`, with `resume` it is completed when its content is the beginning of the source and fails as with
 * `report` else, or when the engine cannot tell. An engine that cannot do one of them refuses the task.
 */
export type OverwriteRule =
    'never' | 'always' | 'diff' | 'older' | 'diff+older' | 'report' | 'rename' | 'resume';
/** How a partial or finished file at the target is judged: see ascp `-k`. */
export type ResumeLevel = 'none' | 'attributes' | 'sparse-checksum' | 'full-checksum';

/** A transfer server: SSH for the login, UDP for the bytes. The endpoint that names no protocol. */
export interface ServerEndpoint {
    readonly protocol?: undefined;
    readonly host: string;
    readonly sshPort: number;
    readonly udpPort: number;
    readonly user: string;
    /** `SHA256:…` fingerprint (OpenSSH form) that the host key must have. */
    readonly hostKeyFingerprint: string;
    /** That key, base64 of its SSH form, where the account has seen it: some programs want another hash of it. */
    readonly hostKey?: string;
    /** What answers there. Absent: a server of this project, or an SSH host that has its transfer program. */
    readonly kind?: 'connect' | 'aspera';
}

/** Storage that is reached in another way, by an engine that knows how. */
export interface CustomEndpoint {
    /** Stable, kebab-case: what is spoken there. Engines refuse what they do not speak. */
    readonly protocol: string;
    /** What the engine needs to find it, in words of the protocol; never a secret. */
    readonly address: string;
}

/** Where the other end is reached; told apart by `protocol`. */
export type TransferEndpoint = ServerEndpoint | CustomEndpoint;

/** A proxy on the way to a server; its password is one of the credentials. */
export interface ProxyAddress {
    readonly host: string;
    readonly port: number;
    /** Undefined where it wants no login. */
    readonly user?: string;
}

/** A proxy that SSH and datagrams go through. */
export interface FaspProxy extends ProxyAddress {
    /** SOCKS 5 with UDP ASSOCIATE, or IBM's own kind, which only ascp speaks. */
    readonly kind: 'socks5' | 'dnat';
    /** Speak TLS with it. */
    readonly secure: boolean;
    /** SHA-256 of its certificate, where `secure`; undefined: an authority has to vouch. */
    readonly certificate?: string;
}

/** How a run may reach the server. */
export interface TransferRoute {
    /** Where UDP does not pass, go on over HTTPS. */
    readonly httpsFallback: boolean;
    /** For everything that goes over HTTPS, and for nothing else. */
    readonly httpProxy?: ProxyAddress;
    readonly faspProxy?: FaspProxy;
}

/** Secrets of one run. They live in memory only and reach a child process through its environment, never its arguments. */
export interface TransferCredentials {
    readonly password?: string;
    readonly privateKey?: string;
    readonly passphrase?: string;
    readonly token?: string;
    readonly httpProxyPassword?: string;
    readonly faspProxyPassword?: string;
}

/** Rates in bits per second; `minBps` ≤ `targetBps`. */
export interface RateSettings {
    readonly targetBps: number;
    readonly minBps: number;
    readonly policy: RatePolicy;
}

/** The rate that holds in a run. What the server decides of it is told, so that a control can say why it does nothing. */
export interface EffectiveRate extends RateSettings {
    /** Limit of the target; undefined: none. */
    readonly maxBps?: number;
    /** Policies that may be used; undefined: all. */
    readonly policies?: readonly RatePolicy[];
    readonly isTargetLocked: boolean;
    readonly isPolicyLocked: boolean;
}

/** One transfer, ready to run: everything an engine needs and nothing it must look up. */
export interface TransferTask {
    readonly jobId: string;
    readonly direction: TransferDirection;
    readonly endpoint: TransferEndpoint;
    readonly credentials: TransferCredentials;
    /** Absolute paths: local for `send`, below the granted root for `receive`. Files or folders. */
    readonly sources: readonly string[];
    /** A folder; created when missing. Each source lands in it under its own name. */
    readonly destination: string;
    readonly rate: RateSettings;
    readonly overwrite: OverwriteRule;
    readonly resume: ResumeLevel;
    /** Undefined: directly, and over HTTPS where UDP does not pass. An engine that cannot go that way refuses. */
    readonly route?: TransferRoute;
    /**
     * Absolute path of a folder that is there, for a list of what became of each file: a file of its own for each run,
     * JSON lines as of `connect-cp --file-manifest=json` (docs/guides/connect-cp.md). An engine that cannot, does not.
     */
    readonly manifestFolder?: string;
}

/** A snapshot, at most some times per second. */
export interface TransferProgress {
    /** Bytes of the job that are at the target, those of an earlier run included. */
    readonly bytesDone: number;
    /** Known so far; grows while folders are still being scanned. */
    readonly bytesTotal: number;
    readonly scanComplete: boolean;
    readonly filesDone: number;
    readonly filesTotal: number;
    readonly filesFailed: number;
    readonly filesSkipped: number;
    /** Payload bytes that crossed the network in this run, retransmissions included. */
    readonly bytesSent: number;
    readonly rateBps: number;
    readonly currentFile: string;
    /**
     * How far what is at the target already was compared, of all that is to be as far as that is known; absent where
     * nothing is, or the engine does not tell.
     */
    readonly compared?: { readonly bytes: number; readonly of: number };
}

export interface FileFailure {
    /** Below the destination; of a source that is missing, the source as the task names it. */
    readonly path: string;
    readonly error: ConnectError;
}

/** How a run ended when it ended by itself. `failures` holds at most some hundreds of files. */
export interface TransferOutcome {
    readonly progress: TransferProgress;
    readonly failures: readonly FileFailure[];
    /** Why what it brought was not compared by hash at the target: a phrase for people. Absent when every byte was. */
    readonly unverified?: string;
}

/** How the bytes of a run travel now. */
export interface TransferPath {
    readonly kind: 'udp' | 'https';
    /** Of the server, where it is known. */
    readonly port?: number;
    /** Host and port of the HTTP proxy that it goes through. */
    readonly proxy?: string;
    /** HTTPS was asked for, so it stands in for nothing. */
    readonly isChosen?: true;
    /** How many sessions move the job together, ≥ 1. */
    readonly sessions: number;
}

/** How the network does. An engine leaves out what it cannot know. */
export interface TransferStatistics {
    /** Payload bytes of this run that arrived, each counted once; never goes down during a run. */
    readonly bytesArrived?: number;
    /** Smoothed round-trip time. */
    readonly rttMs?: number;
    /** Packets of payload since the start of the run; both are known or neither is. */
    readonly packetsSent?: number;
    readonly packetsLost?: number;
    readonly path?: TransferPath;
}

/** A file that was settled, by its path below the destination; {@link FileFailure} tells of the others. */
export interface FileReport {
    readonly path: string;
    readonly sizeBytes: number;
    readonly result: 'done' | 'skipped';
    /** Why it was skipped: a word such as `exists`, `same`, `not-older`; of a file that is done and nobody compared by hash: `unverified`. */
    readonly reason?: string;
}

/**
 * Who is told of a run. The optional ones are for people who watch. Of them {@link onFile} is called for every file that
 * was settled, once; of the others an engine that knows nothing never calls them.
 */
export interface TransferListener {
    onProgress(progress: TransferProgress): void;
    onFileFailed(failure: FileFailure): void;
    /** When the server has agreed, and after each change. An engine whose rate nobody limits need not call it. */
    onRate?(rate: EffectiveRate): void;
    /** A line for the transfer log, without secrets. @param level default `info` */
    onLog(line: string, level?: LogLevel): void;
    /** Before the progress of the same moment. */
    onStatistics?(statistics: TransferStatistics): void;
    onFile?(file: FileReport): void;
    /** How far the run comes on its way to the server: as each stage is passed, or is not. */
    onStage?(report: StageReport): void;
}

/** A transfer that is under way. */
export interface TransferRun {
    /**
     * Resolves when every file is at the target, verified (or {@link TransferOutcome.unverified} says why not), or was
     * skipped by rule; rejects with a ConnectError:
     * `transfer.some-files-failed` when the rest arrived, `cancelled` after {@link stop}, else what ended it.
     */
    readonly finished: Promise<TransferOutcome>;
    /** Reaches the wire within a round trip. */
    setRate(rate: RateSettings): void;
    /** Ends soon and keeps what is needed to resume. Idempotent. */
    stop(): void;
}

/** What an engine tells of itself to people, in *About*. Everything that is not known is left out. */
export interface EngineDescription {
    /** What it is there for, a phrase. */
    readonly purpose?: string;
    /** Program that it starts, an absolute path. */
    readonly program?: string;
    readonly version?: string;
    /** One line. */
    readonly licence?: string;
    /** A sentence that says why it cannot be used here. */
    readonly problem?: string;
}

/** Something that can move files: our transfer program, another one, a plain protocol. Bind it to register it. */
export interface TransferEngine {
    /** Stable, kebab-case; stored with jobs. */
    readonly id: string;
    readonly label: string;
    /**
     * Undefined when this engine can run `task`; else a sentence that says why not. The first engine that does not
     * refuse gets the task: so every engine refuses endpoints that it does not speak to.
     */
    refuses(task: Omit<TransferTask, 'credentials'>): string | undefined;
    /** Nothing of `listener` is called after the run has finished. */
    start(task: TransferTask, listener: TransferListener): TransferRun;
    describe?(): Promise<EngineDescription>;
    /**
     * The backend ends: what still runs ends as after {@link TransferRun.stop}, and no program that the engine started
     * outlives it.
     */
    dispose?(): void;
}

export const TransferEngine = Symbol('TransferEngine');
