import { readFileSync } from 'node:fs';
import {
    ConnectError,
    ERROR_CATALOG,
    formatCount,
    formatDuration,
    formatRate,
    formatSize
} from '@connect/base';
import { EarlyConnection } from '../node/early-connection';
import { LocalFileStore } from '../node/local-file-store';
import { FallbackEvents } from '../http/fallback-session';
import { SessionInfo } from '../node/session-client';
import { SshCredentials } from '../node/ssh-channel';
import { tellEmptyDone } from '../node/empty-files';
import { FileFailure, NOTHING_YET, TransferFile, TransferSummary } from '../node/transfer-types';
import { FileManifest } from './file-manifest';
import { ManagementReport, pathInUse, readRateOrder, RunFigures } from './management-report';
import { ManagementSocket } from './management-socket';
import { FrameFields } from './management-frames';
import { YoungSpaceLimit } from './young-space';
import { TransferCommand } from './options';
import { RateMeter } from './rate-meter';
import { RunLog } from './run-log';
import { RunSecrets, withKey } from './secrets';
import { Terminal } from './terminal';
import { sessionFor, TransferSession } from './transfer-session';

const STATS_INTERVAL_MS = 250;
const MEMORY_INTERVAL_MS = 100;
const RATE_WINDOW_MS = 2000;
const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 10_000;
/** More failed files than this are only counted on the terminal; the log has them all. */
const MAX_SHOWN_FAILURES = 100;

/** One run of the program: a session, or several attempts to begin one, and all who are told about it. */
export class TransferRun {
    private readonly report: ManagementReport;
    private readonly meter = new RateMeter(RATE_WINDOW_MS);
    private readonly startedMs = performance.now();
    private readonly store = new LocalFileStore();
    private management: ManagementSocket | undefined;
    private session: TransferSession | undefined;
    private manifest: FileManifest | undefined;
    private hasBegun = false;
    private shownFailures = 0;
    private filesWithLoss = 0;
    private stopped: ConnectError | undefined;
    private endWait: () => void = () => undefined;

    constructor(
        private readonly command: TransferCommand,
        private readonly secrets: RunSecrets,
        private readonly terminal: Terminal,
        private readonly log: RunLog,
        /** To the host of the command, for the first attempt; it belongs to the run. */
        private readonly early?: EarlyConnection
    ) {
        this.report = new ManagementReport(command);
    }

    /** Resolves to the exit code; everything has been said by then. */
    async run(): Promise<number> {
        try {
            await this.connectManagement();
            const credentials = this.credentials();
            const summary = await this.attempts(credentials);
            return await this.finish(summary);
        } catch (error) {
            return await this.fail(ConnectError.from(error));
        } finally {
            this.manifest?.finish();
            this.early?.dispose();
            await this.management?.close();
            await this.store.dispose();
        }
    }

    /** Ends the run; what resuming needs is kept. */
    stop(reason: ConnectError): void {
        this.stopped ??= reason;
        this.session?.stop(reason);
        this.endWait();
    }

    private async connectManagement(): Promise<void> {
        if (this.command.managementPort === undefined) {
            return;
        }
        const management = await ManagementSocket.connect(this.command.managementPort);
        management.onFrame = frame => this.onOrder(frame);
        management.onGone = error => this.stop(error);
        this.management = management;
        management.send(this.report.init());
    }

    private onOrder(frame: FrameFields): void {
        if (frame['Type'] === 'CANCEL') {
            this.stop(new ConnectError('cancelled', 'Stopped by the managing program'));
        } else if (frame['Type'] === 'RATE') {
            this.changeRate(frame);
        } else {
            this.log.write(`order ${frame['Type'] ?? ''} is not known`);
        }
    }

    private changeRate(frame: FrameFields): void {
        if (!this.session) {
            return;
        }
        try {
            const order = readRateOrder(frame);
            const now = this.session.rateSettings;
            const targetBps = order.targetBps ?? now.targetBps;
            const minBps = Math.min(order.minBps ?? now.minBps, targetBps);
            this.session.setRate({ targetBps, minBps, policy: order.policy ?? now.policy });
        } catch (error) {
            this.log.write(`order RATE refused: ${ConnectError.from(error).message}`);
        }
    }

    private credentials(): SshCredentials {
        const { identityFile } = this.command;
        if (identityFile === undefined) {
            return this.secrets;
        }
        try {
            return withKey(this.secrets, readFileSync(identityFile, 'utf8'));
        } catch (error) {
            throw new ConnectError('usage', `-i: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    /** Tries again while the server cannot be reached and time is left; a session that has begun is not begun again. */
    private async attempts(credentials: SshCredentials): Promise<TransferSummary> {
        for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS)) {
            try {
                return await this.attempt(credentials);
            } catch (error) {
                const failure = ConnectError.from(error);
                const leftMs = this.command.retryTimeoutMs - (performance.now() - this.startedMs);
                if (this.stopped || this.hasBegun || failure.kind !== 'transient' || leftMs < delayMs) {
                    throw failure;
                }
                this.terminal.say(`${failure.message}; trying again in ${delayMs / 1000} s`);
                await this.wait(delayMs);
            }
        }
    }

    private async attempt(credentials: SshCredentials): Promise<TransferSummary> {
        const command = this.withProxyLogin();
        const session = await sessionFor(command, credentials, this.store, this.events(), this.early);
        if (this.stopped) {
            throw this.stopped;
        }
        this.session = session;
        const ticker = setInterval(() => this.tick(), STATS_INTERVAL_MS);
        const young = new YoungSpaceLimit();
        const looks = setInterval(() => young.look(), MEMORY_INTERVAL_MS);
        try {
            return await session.run();
        } finally {
            clearInterval(ticker);
            clearInterval(looks);
        }
    }

    private withProxyLogin(): TransferCommand {
        const { command } = this;
        const { fallback, socksProxy } = command;
        const { proxyPassword, httpProxyPassword = proxyPassword } = this.secrets;
        const { proxy } = fallback;
        return {
            ...command,
            ...(socksProxy && proxyPassword !== undefined
                ? { socksProxy: { ...socksProxy, password: proxyPassword } }
                : {}),
            ...(proxy && httpProxyPassword !== undefined
                ? { fallback: { ...fallback, proxy: withPassword(proxy, httpProxyPassword) } }
                : {})
        };
    }

    private events(): FallbackEvents {
        const tell = (fields: FrameFields): void => this.management?.send(fields);
        const onFileDone = (file: TransferFile): void => {
            this.log.write(`done ${file.path} ${file.sizeBytes}`, 'debug');
            this.tellLost(file);
            this.manifest?.done(file);
            tell(this.report.fileDone(file));
        };
        return {
            wantsDigests: this.command.manifest !== undefined,
            onStarted: info => this.onStarted(info),
            onFallback: reason => {
                this.log.write(`falls back to HTTPS: ${reason.code}: ${reason.message}`);
                this.terminal.say(`${reason.message}; going on over HTTPS`);
            },
            onRate: rate => tell(this.report.rate(rate)),
            onStage: stage => tell(this.report.stage(stage)),
            onTotals: totals => this.management?.send(this.report.totals(totals), true),
            onFileDone,
            // many at a time: nobody may want to hear of them
            onEmptyFilesDone: files => {
                if (this.manifest || this.management || this.log.isKept) {
                    tellEmptyDone({ onFileDone }, files);
                }
            },
            onFileSkipped: (file, reason) => {
                this.log.write(`skipped ${file.path} ${reason}`, 'debug');
                this.manifest?.skipped(file, reason);
                tell(this.report.fileSkipped(file, reason));
            },
            onFileFailed: failure => this.onFileFailed(failure),
            onLog: line => this.log.write(line)
        };
    }

    private onStarted(info: SessionInfo): void {
        const isFirst = !this.hasBegun;
        this.hasBegun = true;
        this.openManifest(info.sessionId);
        const { command } = this;
        const what = command.direction === 'upload' ? 'Sending to' : 'Receiving from';
        const rate = `${formatRate(info.rate.targetBps)} ${info.rate.policy}`;
        const line = `${what} ${command.user}@${command.host}, ${pathInUse(info)}, ${rate}`;
        this.terminal.say(line);
        this.log.write(`session ${info.sessionId}: ${line}; ${info.serverSoftware}, hash ${info.hash}`);
        if (command.userString !== undefined) {
            this.log.write(`user string: ${JSON.stringify(command.userString)}`);
        }
        this.management?.send(isFirst ? this.report.session(info) : this.report.path(info));
    }

    private openManifest(sessionId: string): void {
        try {
            const { manifest } = this.command;
            const onBroken = (error: Error): void => this.manifestBroke(error);
            this.manifest ??= manifest && FileManifest.open({ ...manifest, onBroken }, sessionId);
        } catch (error) {
            this.stop(ConnectError.from(error));
        }
    }

    private manifestBroke(error: Error): void {
        const line = `the list of files cannot be written: ${error.message}`;
        this.log.write(line, 'warn');
        this.terminal.complain(line);
    }

    /** The transfer goes on: it is about what lies beside the content. */
    private tellLost({ path, lost = [] }: TransferFile): void {
        if (lost.length > 0) {
            this.filesWithLoss += 1;
            this.log.write(`not kept of ${path}: ${lost.join(', ')}`, 'warn');
        }
    }

    private onFileFailed({ path, error }: FileFailure): void {
        this.manifest?.failed({ path, error });
        this.log.write(`failed ${path} ${error.code}: ${error.message}`, 'warn');
        this.management?.send(this.report.fileFailed(path, error));
        this.shownFailures += 1;
        if (this.shownFailures <= MAX_SHOWN_FAILURES) {
            this.terminal.complain(`${path}: ${error.code}: ${error.message}`);
        }
    }

    private tick(): void {
        const figures = this.figures();
        this.manifest?.flush();
        if (this.hasBegun) {
            this.terminal.progress(figures.progress, figures.rateBps);
            this.management?.send(this.report.stats(figures), true);
        }
    }

    private figures(): RunFigures {
        const stats = this.session?.stats();
        const isUpload = this.command.direction === 'upload';
        const nowMs = performance.now();
        const arrived = (isUpload ? stats?.streamBytesAcknowledged : stats?.streamBytesReceived) ?? 0;
        this.meter.add(nowMs, arrived);
        return {
            progress: this.session?.progress() ?? NOTHING_YET,
            stats,
            sessions: this.session?.sessionCount ?? 1,
            rateBps: this.meter.rateBps,
            elapsedMs: nowMs - this.startedMs
        };
    }

    private async finish(summary: TransferSummary): Promise<number> {
        const figures = this.figures();
        this.terminal.progress(summary, figures.rateBps);
        this.terminal.say(this.lastLine(summary, figures));
        if (this.filesWithLoss > 0) {
            const what = 'owners, groups or times could not be kept; the log and the list of files say which';
            this.terminal.complain(`Of ${this.filesWithLoss} files ${what}`);
        }
        if (summary.error) {
            return this.fail(ConnectError.fromWire(summary.error));
        }
        this.log.write(`finished: ${summary.filesDone} files, ${summary.bytesDone} bytes`);
        this.management?.send(this.report.stats({ ...figures, progress: summary }));
        this.management?.send(this.report.done(summary, figures));
        return 0;
    }

    private lastLine(summary: TransferSummary, figures: RunFigures): string {
        const { filesDone, filesSkipped, filesFailed, bytesTransferred } = summary;
        const parts = [
            `${formatCount(filesDone)} done`,
            ...(filesSkipped > 0 ? [`${formatCount(filesSkipped)} skipped`] : []),
            ...(filesFailed > 0 ? [`${formatCount(filesFailed)} failed`] : [])
        ];
        const time = formatDuration(figures.elapsedMs);
        const average = formatRate((bytesTransferred * 8000) / Math.max(1, figures.elapsedMs));
        return `Files: ${parts.join(', ')}; ${formatSize(bytesTransferred)} in ${time}, ${average}`;
    }

    private async fail(error: ConnectError): Promise<number> {
        const row = ERROR_CATALOG[error.code];
        const figures = this.figures();
        this.log.write(`ended: ${error.code}: ${error.message}`, 'error');
        this.terminal.complain(`${error.code}: ${error.message}`);
        this.terminal.complain(row.remedy);
        this.management?.send(this.report.error(error, figures));
        return row.ascp;
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

function withPassword(proxy: URL, password: string): URL {
    return Object.assign(new URL(proxy), { password: encodeURIComponent(password) });
}
