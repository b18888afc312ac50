import type {
    RatePolicy,
    RateSettings,
    TransferListener,
    TransferOutcome,
    TransferRun,
    TransferTask
} from '@connect/api';
import { ConnectError, type Clock, type Disposable, type LogLevel } from '@connect/base';
import { encodeFrame, FrameParser, type FrameFields } from '@connect/transport/lib/cli/management-frames';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import * as path from 'node:path';
import { connectCpCommand, kilobits, type ConnectCpCommand } from './connect-cp-command';
import { FrameReader } from './frame-facts';
import { ProgramLock } from './program-lock';
import { RunReport } from './run-report';

/** Where and how the program is started. */
export interface ConnectCpPlace {
    readonly node: string;
    readonly script: string;
    /** Private folder for what a run needs on disk. */
    readonly runFolder: string;
    readonly extraArgs: readonly string[];
    /** Whether lines of this level are wanted now. */
    readonly isLogged: (level: LogLevel) => boolean;
    readonly clock: Clock;
}

/** Between asking the program to end and killing it. It keeps what is needed to resume either way. */
export const STOP_GRACE_MS = 5_000;
/** Last words of the program that go into the log. */
const MAX_STDERR = 4_000;

const ADAPTIVE: Readonly<Record<RatePolicy, string>> = {
    fixed: 'Fixed',
    high: 'Adaptive',
    fair: 'Adaptive',
    low: 'Trickle'
};

/** One process of `connect-cp` and the management socket it reports to. */
export class ConnectCpRun implements TransferRun {
    readonly finished: Promise<TransferOutcome>;
    private readonly report = new RunReport();
    private readonly reader = new FrameReader();
    private readonly lock: ProgramLock;
    private readonly listPath: string;
    private server: Server | undefined;
    private socket: Socket | undefined;
    private child: ChildProcess | undefined;
    private stderr = '';
    private stopAsked = false;
    private ended = false;
    private rateAsked: RateSettings | undefined;
    private grace: Disposable | undefined;

    constructor(
        private readonly task: TransferTask,
        private readonly listener: TransferListener,
        private readonly place: ConnectCpPlace
    ) {
        this.lock = new ProgramLock(place.runFolder, task.jobId, place.clock);
        this.listPath = path.join(place.runFolder, `connect-cp-${task.jobId}.list`);
        this.finished = this.execute();
    }

    setRate(rate: RateSettings): void {
        this.rateAsked = rate;
        this.tell({
            Type: 'RATE',
            Rate: kilobits(rate.targetBps),
            MinRate: kilobits(rate.minBps),
            Adaptive: ADAPTIVE[rate.policy],
            Priority: rate.policy === 'high' ? '1' : '2'
        });
    }

    stop(): void {
        if (this.stopAsked || this.ended) {
            return;
        }
        this.stopAsked = true;
        this.tell({ Type: 'CANCEL' });
        this.grace = this.place.clock.setTimeout(() => this.child?.kill('SIGKILL'), STOP_GRACE_MS);
    }

    private async execute(): Promise<TransferOutcome> {
        try {
            await this.lock.endPrevious();
            const port = await this.listen();
            this.throwIfStopped();
            const exit = await this.run(
                connectCpCommand(this.task, port, this.listPath, this.place.extraArgs)
            );
            return this.outcome(exit);
        } finally {
            this.ended = true;
            this.grace?.dispose();
            this.socket?.destroy();
            this.server?.close();
            fs.rmSync(this.listPath, { force: true });
            this.lock.release();
        }
    }

    private listen(): Promise<number> {
        const server = createServer(socket => this.accept(socket));
        this.server = server;
        return new Promise((resolve, reject) => {
            server.once('error', reject);
            server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
        });
    }

    /** The first one to connect is the program; nobody else has anything to say. */
    private accept(socket: Socket): void {
        if (this.socket) {
            socket.destroy();
            return;
        }
        this.socket = socket;
        const parser = new FrameParser();
        socket.setEncoding('utf8');
        socket.on('data', text => {
            try {
                parser.push(String(text)).forEach(frame => this.onFrame(frame));
            } catch (error) {
                this.report.error ??= ConnectError.from(error, 'transfer.protocol');
                this.child?.kill('SIGKILL');
            }
        });
        // the end of the process tells why; a reset connection adds nothing to that
        socket.on('error', error => this.listener.onLog(`management socket: ${error.message}`, 'debug'));
        if (this.stopAsked) {
            this.tell({ Type: 'CANCEL' });
        } else if (this.rateAsked) {
            this.setRate(this.rateAsked);
        }
    }

    private run(command: ConnectCpCommand): Promise<string> {
        fs.writeFileSync(this.listPath, command.fileList, { mode: 0o600 });
        const child = spawn(this.place.node, [this.place.script, ...command.args], {
            env: { ...process.env, ELECTRON_RUN_AS_NODE: '1', ...command.secrets },
            stdio: ['ignore', 'ignore', 'pipe'],
            windowsHide: true
        });
        this.child = child;
        if (child.pid !== undefined) {
            this.lock.hold(child.pid);
        }
        child.stderr.setEncoding('utf8').on('data', text => {
            this.stderr = (this.stderr + String(text)).slice(-MAX_STDERR);
        });
        return new Promise((resolve, reject) => {
            child.once('error', error =>
                reject(
                    new ConnectError(
                        'transfer.engine-missing',
                        `The transfer program does not start: ${error.message}`,
                        {},
                        error
                    )
                )
            );
            child.once('close', (code, signal) => this.drained(() => resolve(signal ?? String(code))));
        });
    }

    /** The process may be gone before its last frames were read. */
    private drained(then: () => void): void {
        const { socket } = this;
        if (!socket || socket.destroyed || socket.readableEnded) {
            then();
        } else {
            socket.once('close', then);
        }
    }

    private onFrame(frame: FrameFields): void {
        this.log(frame);
        this.tellWatchers(frame);
        const event = this.report.take(frame);
        if (event.kind === 'progress') {
            this.listener.onProgress(this.report.progress);
        } else if (event.kind === 'file-failed') {
            this.listener.onFileFailed(event.failure);
        } else if (event.kind === 'rate') {
            this.listener.onRate?.(event.rate);
        }
    }

    private log(frame: FrameFields): void {
        const level = frame['Type'] === 'STATS' ? 'trace' : 'debug';
        if (this.place.isLogged(level)) {
            this.listener.onLog(JSON.stringify(frame), level);
        } else if (frame['Type'] === 'SESSION') {
            this.listener.onLog(`session ${frame['SessionId'] ?? ''} with ${frame['Host'] ?? ''}`);
        }
    }

    private tellWatchers(frame: FrameFields): void {
        const { statistics, file } = this.reader.read(frame);
        if (statistics) {
            this.listener.onStatistics?.(statistics);
        }
        if (file) {
            this.listener.onFile?.(file);
        }
    }

    private outcome(exit: string): TransferOutcome {
        const { report } = this;
        if (report.done) {
            return { progress: report.progress, failures: report.failures };
        }
        this.throwIfStopped();
        if (this.stderr.trim() !== '') {
            this.listener.onLog(this.stderr.trim(), 'warn');
        }
        throw report.error ?? unexpectedEnd(exit, this.stderr);
    }

    private throwIfStopped(): void {
        if (this.stopAsked) {
            throw new ConnectError('cancelled', 'The transfer was stopped');
        }
    }

    private tell(frame: FrameFields): void {
        if (this.socket && !this.socket.destroyed) {
            this.socket.write(encodeFrame(frame));
        }
    }
}

/** A program that dies without a word was killed or crashed: it may well work the next time, from where it stood. */
function unexpectedEnd(exit: string, stderr: string): ConnectError {
    const last = stderr.trim().split('\n').pop() ?? '';
    return new ConnectError(
        'transfer.connection-lost',
        `The transfer program ended unexpectedly (${exit})${last === '' ? '' : `: ${last}`}`,
        { exit }
    );
}
