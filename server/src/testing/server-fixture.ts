import { ChildProcess, spawn, spawnSync } from 'child_process';
import { once } from 'events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'fs';
import { connect } from 'net';
import { tmpdir } from 'os';
import { join, resolve } from 'path';
import { Client, ClientChannel, ConnectConfig } from 'ssh2';

const PROGRAM = resolve(__dirname, '../../bin/connect-server.js');

export const PASSWORD = 'correct horse';

/** What a program printed, and how it ended. */
export interface Output {
    readonly code: number | null;
    readonly signal?: NodeJS.Signals | null;
    readonly stdout: string;
    readonly stderr: string;
}

/** A real connect-server process with a data folder and a storage root of its own, below one temporary folder. */
export class ServerFixture {
    readonly folder = mkdtempSync(join(tmpdir(), 'connect-server-'));
    readonly data = join(this.folder, 'data');
    readonly root = join(this.folder, 'root');
    private process?: ChildProcess;
    sshPort = 0;
    udpPort = 0;
    fingerprint = '';
    log = '';

    constructor() {
        mkdirSync(this.root);
        this.cli(['init']);
        this.configure({});
    }

    /** Runs a command on the data folder; throws when it fails. */
    cli(args: readonly string[], input = ''): string {
        const output = this.tryCli(args, input);
        if (output.code !== 0) {
            throw new Error(`connect-server ${args.join(' ')}: ${output.stderr}`);
        }
        return output.stdout.trim();
    }

    tryCli(args: readonly string[], input = ''): Output {
        const { status, stdout, stderr } = spawnSync(
            process.execPath,
            [PROGRAM, ...args, '--data', this.data],
            {
                input,
                encoding: 'utf8'
            }
        );
        return { code: status, stdout, stderr };
    }

    addUser(name: string, ...options: string[]): void {
        this.cli(['user', 'add', name, '--root', this.root, '--password-stdin', ...options], PASSWORD);
    }

    /** Without spare processes unless they are asked for, so that each child of the server is a session. */
    configure(settings: object): void {
        const text = JSON.stringify({ spareSessions: 0, ...settings });
        writeFileSync(join(this.data, 'connect-server.json'), text);
    }

    async start(environment: NodeJS.ProcessEnv = {}): Promise<void> {
        const args = [
            'start',
            '--data',
            this.data,
            '--host',
            '127.0.0.1',
            '--ssh-port',
            '0',
            '--udp-port',
            '0',
            // so that its children are sessions and nothing else
            '--https-port',
            '-1'
        ];
        const child = spawn(process.execPath, [PROGRAM, ...args], {
            env: { ...process.env, ...environment }
        });
        this.process = child;
        child.stderr.setEncoding('utf8').on('data', (text: string) => (this.log += text));
        let line = '';
        for await (const text of child.stdout.setEncoding('utf8')) {
            line += String(text);
            if (line.includes('\n')) {
                break;
            }
        }
        const match =
            /^connect-server listening ssh=127\.0\.0\.1:(\d+) udp=127\.0\.0\.1:(\d+) fingerprint=(\S+)\n$/.exec(
                line
            );
        if (!match) {
            throw new Error(`the server said "${line}" and ${this.log}`);
        }
        this.sshPort = Number(match[1]);
        this.udpPort = Number(match[2]);
        this.fingerprint = match[3];
    }

    get pid(): number {
        return this.process!.pid!;
    }

    /** Resolves to the exit code, or the signal. */
    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | string | undefined> {
        const child = this.process;
        this.process = undefined;
        if (!child) {
            return undefined;
        }
        if (child.exitCode === null && child.signalCode === null) {
            const exited = once(child, 'exit');
            child.kill(signal);
            await exited;
        }
        return child.exitCode ?? child.signalCode ?? undefined;
    }

    async dispose(): Promise<void> {
        await this.stop('SIGKILL');
        rmSync(this.folder, { recursive: true, force: true });
    }

    /** A logged-in SSH client, or a rejection. The caller ends it. */
    async login(config: ConnectConfig = {}): Promise<Client> {
        const client = new Client();
        const isReady = new Promise<void>((resolve, reject) => {
            client
                .once('ready', resolve)
                // more than one may come: a reset, then that the connection was lost
                .on('error', reject)
                .once('close', () => reject(new Error('closed')));
        });
        const answers = config.password;
        client.on('keyboard-interactive', (_name, _instructions, _language, prompts, finish) =>
            finish(prompts.map(prompt => (prompt.prompt === 'Token: ' ? String(answers) : '')))
        );
        client.connect({
            host: '127.0.0.1',
            port: this.sshPort,
            username: 'ana',
            password: PASSWORD,
            ...config
        });
        await isReady;
        return client;
    }

    /** Runs OpenSSH's sftp with a batch of commands, logged in by a key file. */
    sftp(keyFile: string, commands: readonly string[], user = 'ana'): Promise<Output> {
        const options = [
            'StrictHostKeyChecking=no',
            'UserKnownHostsFile=/dev/null',
            'LogLevel=ERROR',
            'IdentitiesOnly=yes'
        ];
        const args = [
            '-b',
            '-',
            '-P',
            String(this.sshPort),
            '-i',
            keyFile,
            ...options.flatMap(each => ['-o', each])
        ];
        return run('sftp', [...args, `${user}@127.0.0.1`], commands.join('\n') + '\n');
    }

    /** A fresh key pair by ssh-keygen whose public half the user has; the path of the private half. */
    newKey(type: 'ed25519' | 'rsa' | 'ecdsa', user = 'ana'): string {
        const file = join(this.folder, `${user}-${type}`);
        spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-f', file]);
        this.cli(['user', 'key', 'add', user, '--key-file', `${file}.pub`]);
        return file;
    }
}

/** Runs a program to its end. */
export async function run(
    command: string,
    args: readonly string[],
    input = '',
    env = process.env
): Promise<Output> {
    const child = spawn(command, args, { env, stdio: ['pipe', 'pipe', 'pipe'] });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    return { code, signal, stdout, stderr };
}

/** Runs a command over SSH to its end; `started` is called with its channel. */
export async function exec(
    client: Client,
    command: string,
    started: (channel: ClientChannel) => void = () => undefined
): Promise<Output> {
    let [stdout, stderr] = ['', ''];
    let [code, signal]: [number | null, NodeJS.Signals | null] = [null, null];
    // Listeners are set in the callback: the exit may come with the same bytes as the confirmation.
    const listen = (channel: ClientChannel): void => {
        channel.setEncoding('utf8').on('data', (text: string) => (stdout += text));
        channel.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
        channel.on('exit', (exitCode: number | null, name?: string) => {
            code = exitCode;
            signal = (name as NodeJS.Signals) ?? null;
        });
        started(channel);
    };
    await new Promise<void>((resolve, reject) =>
        client.exec(command, (error, channel) => {
            if (error) {
                reject(error);
                return;
            }
            channel.once('close', () => resolve());
            listen(channel);
        })
    );
    return { code, signal, stdout, stderr };
}

/** Whether something accepts TCP connections on this port of the loopback. */
export async function isListening(port: number): Promise<boolean> {
    const socket = connect(port, '127.0.0.1');
    try {
        await once(socket, 'connect');
        return true;
    } catch {
        // refused: nobody is there
        return false;
    } finally {
        socket.destroy();
    }
}

/** Whether a process runs. A zombie does not: its parent only has not asked for its exit code yet. */
export function isRunning(pid: number): boolean {
    const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
    return state !== '' && !state.startsWith('Z');
}

/** Pids of the direct children of a process. */
export function childrenOf(pid: number): number[] {
    const { stdout } = spawnSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
    return stdout.trim().split(/\s+/).filter(Boolean).map(Number);
}

/** Asks until the answer is yes, for a few seconds. */
export async function until(question: () => boolean | Promise<boolean>): Promise<void> {
    for (let tries = 0; !(await question()); tries++) {
        if (tries > 400) {
            throw new Error('it never came true');
        }
        await new Promise(resolve => setTimeout(resolve, 25));
    }
}
