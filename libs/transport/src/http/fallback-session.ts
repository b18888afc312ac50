import { ConnectError } from '@connect/base';
import { HttpsOffer } from '../control/control-protocol';
import { FileProgress, NOTHING_YET, TransferFile, TransferSummary } from '../node/transfer-types';
import { SessionClient, SessionClientEvents, SessionClientOptions } from '../node/session-client';
import { isUdpFailure } from '../node/udp-errors';
import { EmptyFileSet } from '../node/empty-file-set';
import { tellEmptyDone, tellEmptyStarted } from '../node/empty-files';
import { PathSet } from '../node/path-set';
import { RateSettings } from '../proto/rate-controller';
import { ConnectionStats } from '../proto/types';
import type { HttpSessionClient, HttpsLogin } from './http-session-client';
import type { HttpsPlace } from './https-endpoint';
import { addStats, latestProgress } from './session-sums';

export const DEFAULT_HTTPS_PORT = 8443;
/** A lost session over HTTPS is begun again; a row of failures without any progress ends after so many. */
const MAX_FAILURES = 6;
/** One that never began may wait for a server that starts its HTTPS again, no longer. */
const MAX_FAILURES_AT_FIRST = 2;
const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;

/** Whether and how a transfer goes over HTTPS. */
export interface FallbackOptions {
    /**
     * `when-needed`: UDP does not pass or goes dead, or SSH cannot be reached and a port or proxy is named here.
     * `after-login`: from the start, where SSH says. `always`: from the start and without SSH.
     */
    readonly mode: 'never' | 'when-needed' | 'after-login' | 'always';
    /** By default the one the server names, else {@link DEFAULT_HTTPS_PORT}. */
    readonly port?: number;
    /** Of the certificate; by default the one the server names, else an authority has to vouch. */
    readonly fingerprint?: string;
    /** HTTP proxy for HTTPS; never used for anything else. */
    readonly proxy?: URL;
}

/** Events of all sessions of a run, told as if they were one. */
export interface FallbackEvents extends SessionClientEvents {
    /** The run goes on over HTTPS, and why. */
    onFallback?(reason: ConnectError): void;
}

/** What either kind of session offers while it runs. */
type Session = Pick<
    SessionClient | HttpSessionClient,
    'run' | 'stop' | 'setRate' | 'rateSettings' | 'progress' | 'stats'
>;

/**
 * One transfer, over whatever passes: UDP first, and HTTPS from where UDP stood when it does not. Files that one
 * session has brought are left alone by the next, whatever the rule for files that exist. Used once.
 */
export class FallbackSession {
    private current: Session | undefined;
    /** Of `after-login`: the session that only asks where HTTPS is. */
    private asking: SessionClient | undefined;
    private stopped: ConnectError | undefined;
    private rate: RateSettings;
    private endWait: () => void = () => undefined;
    private hasBegunHttps = false;
    private readonly done = new PathSet();
    private readonly doneEmpty = new EmptyFileSet();
    private readonly told = new PathSet();
    /** Files that the present session and, once it has ended, an earlier one began and did not tell the end of. */
    private begun = new Set<string>();
    private readonly begunBefore = new Set<string>();
    /** As both, of empty files that came together; with those that are done, which nobody asks about. */
    private begunEmpty = new EmptyFileSet();
    private readonly begunEmptyBefore: EmptyFileSet[] = [];
    /** Files of the present session that an earlier one had put in place, without being able to tell. */
    private foundInPlace = 0;
    private statsBefore: ConnectionStats | undefined;
    private progressBefore: FileProgress = NOTHING_YET;

    constructor(
        private readonly options: SessionClientOptions,
        private readonly fallback: FallbackOptions,
        private readonly events: FallbackEvents = {}
    ) {
        this.rate = options.rate;
    }

    /** As {@link SessionClient.run} and {@link HttpSessionClient.run}; with the failure that ended the last session. */
    async run(): Promise<TransferSummary> {
        if (this.fallback.mode === 'always') {
            return this.overHttps(this.place(), this.login());
        }
        if (this.fallback.mode === 'after-login') {
            const offer = await this.askForHttps();
            return this.overHttps(this.place(offer), this.tokenLogin(offer));
        }
        const session = new SessionClient(this.options, this.sessionEvents());
        try {
            return await this.runSession(session);
        } catch (error) {
            const failure = ConnectError.from(error);
            const way = this.stopped ? undefined : this.wayOut(session, failure);
            if (!way) {
                throw failure;
            }
            this.events.onFallback?.(failure);
            return this.afterUdp(failure, this.overHttps(way.place, way.login));
        }
    }

    /** Ends soon; what resuming needs is kept at both ends. Idempotent. */
    stop(reason: ConnectError): void {
        this.stopped ??= reason;
        this.current?.stop(reason);
        this.asking?.stop(reason);
        this.endWait();
    }

    setRate(rate: RateSettings): void {
        this.rate = rate;
        this.current?.setRate(rate);
    }

    get rateSettings(): RateSettings {
        return this.current?.rateSettings ?? this.rate;
    }

    progress(): FileProgress {
        return latestProgress(this.progressBefore, this.counted(this.current?.progress() ?? NOTHING_YET));
    }

    /** Sums over all sessions so far; undefined before data may flow. */
    stats(): ConnectionStats | undefined {
        return addStats(this.statsBefore, this.current?.stats());
    }

    private wayOut(
        session: SessionClient,
        failure: ConnectError
    ): { readonly place: HttpsPlace; readonly login: HttpsLogin } | undefined {
        const { mode, port, proxy } = this.fallback;
        if (mode === 'never') {
            return undefined;
        }
        const offer = session.httpsOffer;
        if (isUdpFailure(failure) && offer) {
            return { place: this.place(offer), login: this.tokenLogin(offer) };
        }
        const isUnreachable =
            ConnectError.is(failure, 'transfer.connect-refused') ||
            ConnectError.is(failure, 'transfer.connect-timeout');
        const isNamed = port !== undefined || proxy !== undefined;
        return (isUnreachable || isUdpFailure(failure)) && isNamed
            ? { place: this.place(), login: this.login() }
            : undefined;
    }

    /** Where nothing helped, both reasons count, and the first one says what to repair. */
    private async afterUdp(first: ConnectError, run: Promise<TransferSummary>): Promise<TransferSummary> {
        try {
            return await run;
        } catch (error) {
            const failure = ConnectError.from(error);
            if (this.hasBegunHttps || this.stopped || failure.kind !== 'transient') {
                throw failure;
            }
            const message = `${first.message}; HTTPS does not help: ${failure.message}`;
            throw new ConnectError(first.code, message, { ...first.data }, failure);
        }
    }

    private place(offer?: { readonly port: number; readonly fingerprint: string }): HttpsPlace {
        const { port, fingerprint, proxy } = this.fallback;
        const expected = fingerprint ?? offer?.fingerprint;
        return {
            host: this.options.ssh.host,
            port: port ?? offer?.port ?? DEFAULT_HTTPS_PORT,
            ...(expected === undefined ? {} : { fingerprint: expected }),
            ...(proxy ? { proxy } : {})
        };
    }

    private async askForHttps(): Promise<HttpsOffer> {
        const session = new SessionClient(this.options, { onStage: report => this.events.onStage?.(report) });
        this.asking = session;
        try {
            const offer = await session.askForHttps();
            if (!offer) {
                const text = `${this.options.ssh.host} does not offer HTTPS`;
                throw new ConnectError('not-supported', text);
            }
            return offer;
        } finally {
            this.asking = undefined;
        }
    }

    private tokenLogin(offer: HttpsOffer): HttpsLogin {
        return { user: this.options.ssh.user, token: offer.token };
    }

    private login(): HttpsLogin {
        const { user, credentials } = this.options.ssh;
        const { password, token } = credentials;
        return {
            user,
            ...(password === undefined ? {} : { password }),
            ...(token === undefined ? {} : { token })
        };
    }

    /** Begins again where a session is lost, as long as one of a few in a row brings something. */
    private async overHttps(place: HttpsPlace, login: HttpsLogin): Promise<TransferSummary> {
        // most transfers never need it, and would wait for it to load
        const { HttpSessionClient } = await import('./http-session-client');
        let delayMs = FIRST_RETRY_MS;
        for (let failures = 0; ;) {
            const before = this.progress().bytesDone;
            const { direction, sources, destination, store, options, hash } = this.options;
            const session = new HttpSessionClient(
                {
                    ...{ place, login, direction, sources, destination, store, options, hash },
                    rate: this.rate,
                    isDone: path => this.done.has(path) || this.doneEmpty.has(path)
                },
                this.sessionEvents()
            );
            try {
                return await this.runSession(session);
            } catch (error) {
                const failure = ConnectError.from(error);
                const hasMoved = this.progress().bytesDone > before;
                failures = hasMoved ? 0 : failures + 1;
                delayMs = hasMoved ? FIRST_RETRY_MS : Math.min(delayMs * 2, LONGEST_RETRY_MS);
                const most = this.hasBegunHttps ? MAX_FAILURES : MAX_FAILURES_AT_FIRST;
                if (this.stopped || failure.kind !== 'transient' || failures > most) {
                    throw failure;
                }
                this.events.onLog?.(`${failure.message}; begins again`);
                await this.wait(delayMs);
            }
        }
    }

    private async runSession(session: Session): Promise<TransferSummary> {
        if (this.stopped) {
            throw this.stopped;
        }
        this.current = session;
        try {
            return this.whole(this.counted(await session.run()));
        } finally {
            this.rate = session.rateSettings;
            this.statsBefore = this.stats();
            this.progressBefore = this.progress();
            this.current = undefined;
            this.foundInPlace = 0;
            this.begun.forEach(path => this.begunBefore.add(path));
            this.begun = new Set();
            this.begunEmptyBefore.push(this.begunEmpty);
            this.begunEmpty = new EmptyFileSet();
        }
    }

    /** What this run brought is done, also when the result was lost with the session that brought it. */
    private counted<T extends FileProgress>(progress: T): T {
        const { foundInPlace } = this;
        const filesDone = progress.filesDone + foundInPlace;
        return foundInPlace === 0
            ? progress
            : { ...progress, filesDone, filesSkipped: progress.filesSkipped - foundInPlace };
    }

    /** The summary of the last session, for the whole run. */
    private whole(summary: TransferSummary): TransferSummary {
        const before = this.statsBefore;
        const isUpload = this.options.direction === 'upload';
        const moved = (isUpload ? before?.streamBytesAcknowledged : before?.streamBytesReceived) ?? 0;
        const bytesTransferred = Math.min(summary.bytesDone, summary.bytesTransferred + moved);
        return before
            ? { ...summary, bytesTransferred, bytesResumed: summary.bytesDone - bytesTransferred }
            : summary;
    }

    private sessionEvents(): SessionClientEvents {
        const { events } = this;
        const once = (what: string, { path }: Pick<TransferFile, 'path'>): boolean => {
            const key = `${what} ${path}`;
            const isNew = !this.told.has(key);
            this.told.add(key);
            return isNew;
        };
        const isDone = (file: TransferFile): void => {
            if (this.mayGoOn) {
                this.done.add(file.path);
                this.begun.delete(file.path);
            }
            events.onFileDone?.(file);
        };
        return {
            ...events,
            onStarted: info => {
                this.hasBegunHttps ||= info.https !== undefined;
                events.onStarted?.(info);
            },
            onFileStarted: file => {
                if (this.mayGoOn) {
                    this.begun.add(file.path);
                }
                events.onFileStarted?.(file);
            },
            onFileDone: isDone,
            onEmptyFilesStarted: files => {
                if (this.mayGoOn) {
                    this.begunEmpty.add(files);
                }
                tellEmptyStarted(events, files);
            },
            onEmptyFilesDone: files => {
                if (this.mayGoOn) {
                    this.doneEmpty.add(files);
                }
                tellEmptyDone(events, files);
            },
            onFileFailed: failure => once('failed', failure) && events.onFileFailed?.(failure),
            onFileSkipped: (file, reason) => {
                if (reason === 'same' && this.wasBegunBefore(file.path)) {
                    this.foundInPlace += 1;
                    isDone(file);
                } else if (once('skipped', file)) {
                    events.onFileSkipped?.(file, reason);
                }
            }
        };
    }

    private wasBegunBefore(path: string): boolean {
        return this.begunBefore.has(path) || this.begunEmptyBefore.some(files => files.has(path));
    }

    /** Whether another session may follow, which has to know what this one did. */
    private get mayGoOn(): boolean {
        return this.fallback.mode !== 'never';
    }

    private wait(delayMs: number): Promise<void> {
        return new Promise(resolve => {
            const timer = setTimeout(resolve, delayMs);
            this.endWait = () => {
                clearTimeout(timer);
                resolve();
            };
        });
    }
}
