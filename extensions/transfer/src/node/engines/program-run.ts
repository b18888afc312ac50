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
import { kilobits } from './connect-cp-command';
import type { FrameFacts } from './frame-facts';
import { ProgramLock } from './program-lock';
import type { FrameEvent, RunReport } from './run-report';
import { stageOf } from './stage-facts';

/** How a process is started. */
export interface ProgramCommand {
    readonly file: string;
    readonly args: readonly string[];
    /** Put into its environment, secrets among it. */
    readonly environment: Readonly<Record<string, string>>;
    /** Content of the file at the path that the command was told; it is private, and removed at the end. */
    readonly fileList: Buffer;
}

/** What the frames of a run add up to. */
export interface ProgramReport extends Pick<RunReport, 'progress' | 'failures' | 'done'> {
    /** The failure that ended the run. */
    error: ConnectError | undefined;
    take(frame: FrameFields): FrameEvent;
}

/** A program of the ascp family, about to do one task. */
export interface TransferProgram {
    /** As people call it; files of the run are named after it. */
    readonly name: string;
    readonly report: ProgramReport;
    readonly facts: { read(frame: FrameFields): FrameFacts };
    /** As in {@link TransferOutcome}; absent: it compares all it brings. */
    readonly unverified?: string;
    /** @param managementPort where it is to report @param listPath where the list of sources will be */
    command(managementPort: number, listPath: string): ProgramCommand;
}

/** What a run needs beside its program. */
export interface ProgramPlace {
    /** Private folder for what a run needs on disk. */
    readonly runFolder: string;
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

/** One process that moves files, and the management socket that it reports to. */
export class ProgramRun implements TransferRun {
    readonly finished: Promise<TransferOutcome>;
    private readonly report: ProgramReport;
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
        { jobId }: Pick<TransferTask, 'jobId'>,
        private readonly program: TransferProgram,
        private readonly listener: TransferListener,
        private readonly place: ProgramPlace
    ) {
        this.report = program.report;
        this.lock = new ProgramLock(place.runFolder, jobId, place.clock);
        this.listPath = path.join(place.runFolder, `${program.name}-${jobId}.list`);
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

    /** As {@link stop}, and the program hears of it from the system as well: nobody may be left to kill it later. */
    end(): void {
        this.stop();
        this.child?.kill('SIGTERM');
    }

    private async execute(): Promise<TransferOutcome> {
        try {
            await this.lock.endPrevious();
            const port = await this.listen();
            this.throwIfStopped();
            const exit = await this.run(this.program.command(port, this.listPath));
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

    private run(command: ProgramCommand): Promise<string> {
        fs.writeFileSync(this.listPath, command.fileList, { mode: 0o600 });
        const child = spawn(command.file, [...command.args], {
            env: { ...process.env, ...command.environment },
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
                        `${this.program.name} does not start: ${error.message}`,
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
        const stage = stageOf(frame);
        if (stage) {
            this.listener.onStage?.(stage);
        }
        const { statistics, file } = this.program.facts.read(frame);
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
            const { progress, failures } = report;
            const { unverified } = this.program;
            return { progress, failures, ...(unverified === undefined ? {} : { unverified }) };
        }
        this.throwIfStopped();
        if (this.stderr.trim() !== '') {
            this.listener.onLog(this.stderr.trim(), 'warn');
        }
        throw report.error ?? this.unexpectedEnd(exit);
    }

    /**
     * A program that dies without a word was killed or crashed: it may well work the next time, from where it stood.
     * One that ends by itself before it has reported anything will do so again.
     */
    private unexpectedEnd(exit: string): ConnectError {
        const words = this.stderr.trim().split('\n').pop() ?? '';
        const last = words === '' ? '' : `: ${words}`;
        const { name } = this.program;
        return !this.socket && /^[1-9]/.test(exit)
            ? new ConnectError('transfer.engine-missing', `${name} does not run (${exit})${last}`, { exit })
            : new ConnectError('transfer.connection-lost', `${name} ended unexpectedly (${exit})${last}`, {
                  exit
              });
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
