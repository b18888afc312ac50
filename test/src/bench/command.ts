import { ChildProcess, spawn } from 'node:child_process';

const KILL_AFTER_MS = 2000;

export interface CommandOptions {
    readonly limitMs?: number;
    readonly env?: NodeJS.ProcessEnv;
    readonly cwd?: string;
    readonly input?: string;
    /** Asked once a second; true ends the command as the limit does. */
    readonly isHopeless?: (elapsedMs: number) => boolean;
    readonly onStarted?: (pid: number) => void;
}

export interface CommandResult {
    /** Wall clock at the start. */
    readonly startedMs: number;
    readonly durationMs: number;
    readonly exitCode: number | undefined;
    /** Ended by us: the limit was reached, or there was no hope to keep it. */
    readonly isCut: boolean;
    readonly stdout: string;
    readonly stderr: string;
}

const running = new Set<ChildProcess>();

/** Runs a command to its end, or to the limit. It and all it starts are a process group of their own. */
export function runCommand(command: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
        const startedMs = Date.now();
        const began = performance.now();
        const child = start(command, options);
        if (child.pid !== undefined) {
            options.onStarted?.(child.pid);
        }
        let [stdout, stderr, durationMs, isCut] = ['', '', 0, false];
        const cut = (): void => {
            isCut = true;
            endGroup(child);
        };
        const limit = options.limitMs === undefined ? undefined : setTimeout(cut, options.limitMs);
        const watch = setInterval(() => {
            if (!isCut && options.isHopeless?.(performance.now() - began)) {
                cut();
            }
        }, 1000);
        child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
        child.stdin?.on('error', () => undefined).end(options.input ?? '');
        const over = (): void => {
            clearTimeout(limit);
            clearInterval(watch);
        };
        child.once('error', error => {
            over();
            reject(error);
        });
        child.once('exit', () => (durationMs = performance.now() - began));
        child.once('close', exitCode => {
            over();
            resolve({ startedMs, durationMs, exitCode: exitCode ?? undefined, isCut, stdout, stderr });
        });
    });
}

/** @throws Error with what the command said, unless it exits with 0. */
export async function mustSucceed(command: readonly string[], options: CommandOptions = {}): Promise<string> {
    const { exitCode, stdout, stderr } = await runCommand(command, options);
    if (exitCode !== 0) {
        throw new Error(`${command.join(' ')} exited with ${exitCode}: ${stdout}${stderr}`);
    }
    return stdout;
}

/** A server that runs until {@link Service.stop}. */
export class Service {
    private output = '';
    private readonly ended: Promise<void>;
    private wake: () => void = () => undefined;

    constructor(
        private readonly command: readonly string[],
        options: Pick<CommandOptions, 'env' | 'cwd'> = {}
    ) {
        this.child = start(command, options);
        for (const stream of [this.child.stdout, this.child.stderr]) {
            stream?.setEncoding('utf8').on('data', (text: string) => {
                this.output = (this.output + text).slice(-100_000);
                this.wake();
            });
        }
        this.ended = new Promise(done => {
            this.child.once('close', () => done(this.wake()));
            this.child.once('error', error => {
                this.output += String(error);
                done(this.wake());
            });
        });
    }

    readonly child: ChildProcess;

    get isOver(): boolean {
        return this.child.exitCode !== null || this.child.signalCode !== null || this.child.pid === undefined;
    }

    /** Resolves with the first match in what it says; rejects when it ends first. */
    async untilOutput(pattern: RegExp): Promise<RegExpExecArray> {
        for (;;) {
            const match = pattern.exec(this.output);
            if (match) {
                return match;
            }
            if (this.isOver) {
                throw new Error(`${this.command.join(' ')} ended: ${this.output}`);
            }
            await new Promise<void>(next => (this.wake = next));
        }
    }

    async stop(): Promise<void> {
        if (!this.isOver) {
            endGroup(this.child);
            await this.ended;
        }
    }
}

/** Ends whatever still runs; for the end of the program. */
export async function endAllCommands(): Promise<void> {
    const all = [...running];
    const ends = all.map(child => new Promise<void>(done => child.once('close', () => done())));
    all.forEach(endGroup);
    await Promise.all(ends);
}

function start(command: readonly string[], options: Pick<CommandOptions, 'env' | 'cwd'>): ChildProcess {
    const [program, ...args] = command;
    const child = spawn(program, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        detached: true,
        stdio: ['pipe', 'pipe', 'pipe']
    });
    if (child.pid !== undefined) {
        running.add(child);
        child.once('close', () => running.delete(child));
    }
    return child;
}

function endGroup(child: ChildProcess): void {
    const signal = (name: NodeJS.Signals): void => {
        try {
            process.kill(-child.pid!, name);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
                throw error;
            }
        }
    };
    signal('SIGTERM');
    const timer = setTimeout(() => signal('SIGKILL'), KILL_AFTER_MS);
    child.once('close', () => clearTimeout(timer));
}
