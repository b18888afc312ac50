import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawn } from 'node:child_process';
import { Finished, REPOSITORY, run, RunningProgram } from './processes';
import { PASSWORD, TransferBench } from './transfer-bench';

export const CONNECT = resolve(REPOSITORY, 'extensions/transfer/bin/connect.js');

/** What `--json` prints of a transfer, as far as tests look at it. */
export interface JobJson {
    readonly id: string;
    readonly name: string;
    readonly state: string;
    readonly direction: string;
    readonly sources: readonly string[];
    readonly target: string;
    readonly bytes: { readonly done: number; readonly total: number };
    readonly rate: { readonly targetBps?: number };
    readonly rateBps: number;
    readonly verified: boolean;
    readonly attempt: number;
    readonly error?: { readonly code: string };
    readonly question?: { readonly count: number };
}

/** The command `connect` with a home of its own, and the backends that it starts. */
export class CommandLine {
    readonly folder = fs.mkdtempSync(join(tmpdir(), 'connect-command-'));
    readonly home: string;

    /**
     * @param prefix put before every command, e.g. `ip netns exec NAME`
     * @param home a folder that somebody else made; without it a new one with these settings
     */
    constructor(
        settings: Record<string, unknown> = {},
        private readonly environment: NodeJS.ProcessEnv = {},
        private readonly prefix: readonly string[] = [],
        home?: string
    ) {
        this.home = home ?? join(this.folder, 'home');
        if (home === undefined) {
            fs.mkdirSync(this.home, { mode: 0o700 });
            fs.writeFileSync(join(this.home, 'settings.json'), JSON.stringify(settings));
        }
    }

    get env(): NodeJS.ProcessEnv {
        return { ...process.env, CONNECT_HOME: this.home, ...this.environment };
    }

    /** Starts a command. */
    begin(...args: string[]): RunningProgram {
        const [program, ...rest] = this.command(args);
        return run(program!, rest, { env: this.env, cwd: this.folder });
    }

    /** Runs a command to its end. */
    async run(...args: string[]): Promise<Finished> {
        return this.begin(...args).finished;
    }

    /** Runs a command with something on standard input. */
    async feed(input: string, ...args: string[]): Promise<Finished> {
        const [program, ...rest] = this.command(args);
        const child = spawn(program!, rest, {
            env: this.env,
            cwd: this.folder,
            stdio: ['pipe', 'pipe', 'pipe']
        });
        child.stdin.end(input);
        return new RunningProgram(child).finished;
    }

    private command(args: readonly string[]): string[] {
        return [...this.prefix, process.execPath, CONNECT, ...args];
    }

    /** The document that a command prints; rejects unless it ends with `exitCode`. */
    async json<T>(args: readonly string[], exitCode = 0): Promise<T> {
        const finished = await this.run(...args, '--json');
        if (finished.exitCode !== exitCode) {
            throw new Error(
                `connect ${args.join(' ')} ended with ${finished.exitCode}: ${finished.stdout}${finished.stderr}`
            );
        }
        return JSON.parse(finished.stdout) as T;
    }

    async jobs(...args: string[]): Promise<JobJson[]> {
        return (await this.json<{ jobs: JobJson[] }>(args.length > 0 ? args : ['transfer', 'list'])).jobs;
    }

    /** Adds the account `Bench` for the server, with its key trusted and its password in the backend's memory. */
    async signIn(server: TransferBench, ...options: string[]): Promise<void> {
        const { sshPort, udpPort, fingerprint } = server.address;
        const ports = ['--ssh-port', String(sshPort), '--udp-port', String(udpPort)];
        const added = await this.feed(
            PASSWORD,
            ...['accounts', 'add', 'Bench', '--host', server.host, '--user', 'ana', ...ports],
            ...['--fingerprint', fingerprint, '--password-stdin', ...options]
        );
        if (added.exitCode !== 0) {
            throw new Error(`the account could not be added: ${added.stderr}`);
        }
    }

    /** Process that has the transfers; undefined when there is none. */
    async backend(): Promise<{ pid: number; kind: string } | undefined> {
        return (await this.json<{ backend?: { pid: number; kind: string } }>(['status'])).backend;
    }

    /** Polls until the list fits. */
    async until(fits: (jobs: readonly JobJson[]) => boolean): Promise<JobJson[]> {
        for (;;) {
            const jobs = await this.jobs();
            if (fits(jobs)) {
                return jobs;
            }
            await new Promise(next => setTimeout(next, 50));
        }
    }

    /** Ends a backend that runs without a window, and removes everything. */
    async dispose(): Promise<void> {
        await this.run('backend', 'stop');
        fs.rmSync(this.folder, { recursive: true, force: true });
    }
}

/** Whether the process is there. */
export function isAlive(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ESRCH') {
            return false;
        }
        throw error;
    }
}
