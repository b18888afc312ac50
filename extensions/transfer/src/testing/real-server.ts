import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';

const SERVER = path.resolve(__dirname, '../../../../server/bin/connect-server.js');

/** Password of the one user, `ana`. */
export const SERVER_PASSWORD = 'correct horse battery staple';

/** A `connect-server` process with one user, below a temporary folder of its own; for slow specs. */
export class RealServer {
    readonly folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-transfer-spec-'));
    /** What the server grants. */
    readonly root = path.join(this.folder, 'root');
    sshPort = 0;
    udpPort = 0;
    fingerprint = '';
    private child: ChildProcess | undefined;

    static async start(): Promise<RealServer> {
        const server = new RealServer();
        fs.mkdirSync(server.root);
        server.command(['init', '--data', server.data]);
        server.command(
            ['user', 'add', 'ana', '--root', server.root, '--data', server.data, '--password-stdin'],
            SERVER_PASSWORD
        );
        await server.up();
        return server;
    }

    /** Starts it, again on the same ports. */
    async up(): Promise<void> {
        const ports = [
            '--ssh-port',
            String(this.sshPort),
            '--udp-port',
            String(this.udpPort),
            '--https-port',
            '0'
        ];
        const args = [SERVER, 'start', '--data', this.data, '--host', '127.0.0.1', ...ports];
        const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
        this.child = child;
        let said = '';
        child.stderr.setEncoding('utf8').on('data', text => (said += String(text)));
        await new Promise<void>((resolve, reject) => {
            child.once('close', code => reject(new Error(`connect-server ended with ${code}: ${said}`)));
            child.stdout.setEncoding('utf8').on('data', text => {
                said += String(text);
                const line = /ssh=\S*:(\d+) udp=\S*:(\d+) fingerprint=(\S+)/.exec(said);
                if (line) {
                    [this.sshPort, this.udpPort, this.fingerprint] = [
                        Number(line[1]),
                        Number(line[2]),
                        line[3]
                    ];
                    resolve();
                }
            });
        });
    }

    /** Ends the process and waits for it. */
    async down(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
        const { child } = this;
        this.child = undefined;
        if (child && child.exitCode === null && child.signalCode === null) {
            await new Promise(resolve => {
                child.once('close', resolve);
                child.kill(signal);
            });
        }
    }

    async dispose(): Promise<void> {
        await this.down();
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private get data(): string {
        return path.join(this.folder, 'server');
    }

    private command(args: readonly string[], input = ''): void {
        const { status, stderr } = spawnSync(process.execPath, [SERVER, ...args], {
            input,
            encoding: 'utf8'
        });
        if (status !== 0) {
            throw new Error(`connect-server ${args[0]}: ${stderr}`);
        }
    }
}
