import { ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';

export const USER = 'ana';
export const PASSWORD = 'correct horse';

const PROGRAM = resolve(__dirname, '../../../../server/bin/connect-server.js');
const ADDRESS = /ssh=127\.0\.0\.1:(\d+) udp=\S+ fingerprint=(\S+)/;

/** A real server on loopback with one user, in a folder of its own. */
export class DemoServer {
    private process: ChildProcess | undefined;
    sshPort = 0;
    fingerprint = '';

    private constructor(private readonly folder: string) {}

    /** @param rights options of `connect-server user add`, such as `--no-delete` */
    static async create(...rights: string[]): Promise<DemoServer> {
        const server = new DemoServer(await mkdtemp(join(tmpdir(), 'connect-remote-view-')));
        await mkdir(server.root);
        await server.run(['init'], '');
        await server.run(
            ['user', 'add', USER, '--root', server.root, '--password-stdin', ...rights],
            PASSWORD
        );
        return server;
    }

    /** What the user sees as `/`. */
    get root(): string {
        return join(this.folder, 'root');
    }

    /** Starts on a free port the first time, on the same one after that. */
    async start(): Promise<void> {
        const child = this.spawn([
            'start',
            '--host',
            '127.0.0.1',
            '--ssh-port',
            String(this.sshPort),
            '--udp-port',
            '0'
        ]);
        this.process = child;
        for await (const line of createInterface(child.stdout!)) {
            const found = ADDRESS.exec(line);
            if (found) {
                this.sshPort = Number(found[1]);
                this.fingerprint = found[2];
                return;
            }
        }
        throw new Error('the server ended before it was ready');
    }

    async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
        const child = this.process;
        this.process = undefined;
        if (child && child.exitCode === null && child.signalCode === null) {
            child.kill(signal);
            await once(child, 'exit');
        }
    }

    async dispose(): Promise<void> {
        await this.stop();
        await rm(this.folder, { recursive: true, force: true });
    }

    private async run(args: readonly string[], input: string): Promise<void> {
        const child = this.spawn(args);
        child.stdin!.end(input);
        child.stdout!.resume();
        const [code] = (await once(child, 'exit')) as [number];
        if (code !== 0) {
            throw new Error(`connect-server ${args[0]} ended with ${code}`);
        }
    }

    private spawn(args: readonly string[]): ChildProcess {
        return spawn(process.execPath, [PROGRAM, ...args, '--data', join(this.folder, 'data')], {
            stdio: ['pipe', 'pipe', 'ignore']
        });
    }
}
