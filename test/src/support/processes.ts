import { ChildProcess, spawn, SpawnOptions } from 'node:child_process';
import { resolve } from 'node:path';

/** Top folder of the repository, from the compiled place of this file. */
export const REPOSITORY = resolve(__dirname, '../../..');
export const CONNECT_CP = resolve(REPOSITORY, 'libs/transport/bin/connect-cp.js');
export const CONNECT_SERVER = resolve(REPOSITORY, 'server/bin/connect-server.js');

/** How a program ended, and all it said. */
export interface Finished {
    readonly exitCode: number | null;
    readonly signal: NodeJS.Signals | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** A program under test: collects its output, can be awaited and killed. */
export class RunningProgram {
    private out = '';
    private err = '';
    private readonly listeners = new Set<() => void>();
    readonly finished: Promise<Finished>;

    constructor(readonly child: ChildProcess) {
        child.stdout?.setEncoding('utf8').on('data', (text: string) => this.collect((this.out += text)));
        child.stderr?.setEncoding('utf8').on('data', (text: string) => this.collect((this.err += text)));
        this.finished = new Promise((done, fail) => {
            child.once('error', fail);
            child.once('close', (exitCode, signal) => {
                done({ exitCode, signal, stdout: this.out, stderr: this.err });
                this.listeners.forEach(listener => listener());
            });
        });
    }

    get stdout(): string {
        return this.out;
    }

    get stderr(): string {
        return this.err;
    }

    /** Resolves with the match once standard output holds `pattern`; rejects when the program ends first. */
    async untilOutput(pattern: RegExp): Promise<RegExpExecArray> {
        for (;;) {
            const match = pattern.exec(this.out);
            if (match) {
                return match;
            }
            if (this.child.exitCode !== null || this.child.signalCode !== null) {
                throw new Error(`ended before ${pattern}: ${this.out}\n${this.err}`);
            }
            await new Promise<void>(next => {
                const listener = (): void => {
                    this.listeners.delete(listener);
                    next();
                };
                this.listeners.add(listener);
            });
        }
    }

    kill(signal: NodeJS.Signals = 'SIGKILL'): void {
        this.child.kill(signal);
    }

    async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<Finished> {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            this.child.kill(signal);
        }
        return this.finished;
    }

    private collect(_all: string): void {
        [...this.listeners].forEach(listener => listener());
    }
}

export function run(command: string, args: readonly string[], options: SpawnOptions = {}): RunningProgram {
    return new RunningProgram(spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options }));
}

/** Runs a program of ours on the Node that runs the tests. */
export function runNode(script: string, args: readonly string[], options: SpawnOptions = {}): RunningProgram {
    return run(process.execPath, [script, ...args], options);
}

/** Runs to the end with `input` on standard input; rejects unless it exits with 0. */
export async function mustRun(
    command: string,
    args: readonly string[],
    input = '',
    options: SpawnOptions = {}
): Promise<string> {
    const program = new RunningProgram(spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'], ...options }));
    program.child.stdin?.end(input);
    const { exitCode, stdout, stderr } = await program.finished;
    if (exitCode !== 0) {
        throw new Error(`${command} ${args.join(' ')} exited with ${exitCode}: ${stdout}${stderr}`);
    }
    return stdout;
}
