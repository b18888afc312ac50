import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONNECT_CP, CONNECT_SERVER, mustRun, run, RunningProgram } from './processes';

export const PASSWORD = 'correct horse battery staple';

export interface ServerAddress {
    readonly sshPort: number;
    readonly udpPort: number;
    readonly fingerprint: string;
    readonly httpsPort: number;
    readonly httpsFingerprint: string;
}

/** Where a bench runs its programs; the default is this machine as it is. */
export interface BenchOptions {
    readonly host?: string;
    /** Put before every server (client) command, e.g. `ip netns exec NAME`. */
    readonly serverPrefix?: readonly string[];
    readonly clientPrefix?: readonly string[];
    readonly userOptions?: readonly string[];
    /** Runs the server as this user, so that permissions of files mean something; needs root and setpriv. */
    readonly serverUid?: number;
}

/**
 * A real connect-server with one user, and real connect-cp runs against it: a folder `local` for the client's files,
 * a folder `root` that the server grants. Everything is below one temporary folder, removed by {@link dispose}.
 */
export class TransferBench {
    readonly folder = fs.mkdtempSync(join(tmpdir(), 'connect-bench-'));
    readonly local = join(this.folder, 'local');
    readonly root = join(this.folder, 'root');
    readonly data = join(this.folder, 'server');
    server!: RunningProgram;
    address!: ServerAddress;

    private constructor(private readonly options: BenchOptions) {}

    static async start(options: BenchOptions = {}): Promise<TransferBench> {
        const bench = new TransferBench(options);
        fs.mkdirSync(bench.local);
        fs.mkdirSync(bench.root);
        const node = process.execPath;
        await mustRun(node, [CONNECT_SERVER, 'init', '--data', bench.data]);
        const user = ['user', 'add', 'ana', '--root', bench.root, '--data', bench.data, '--password-stdin'];
        await mustRun(node, [CONNECT_SERVER, ...user, ...(options.userOptions ?? [])], PASSWORD);
        if (options.serverUid !== undefined) {
            bench.handOver(options.serverUid);
        }
        await bench.startServer();
        return bench;
    }

    get host(): string {
        return this.options.host ?? '127.0.0.1';
    }

    /** Starts the server, again on the same ports when it ran before. */
    async startServer(): Promise<void> {
        const { sshPort = 0, udpPort = 0, httpsPort = 0 } = this.address ?? {};
        const args = ['start', '--data', this.data, '--host', this.host];
        const tcpPorts = ['--ssh-port', String(sshPort), '--https-port', String(httpsPort)];
        const ports = [...tcpPorts, '--udp-port', String(udpPort)];
        const { serverPrefix = [], serverUid: uid } = this.options;
        const asUser = [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'];
        this.server = this.launch(
            [...serverPrefix, ...(uid === undefined ? [] : ['setpriv', ...asUser])],
            CONNECT_SERVER,
            [...args, ...ports],
            process.env
        );
        const line = await this.server.untilOutput(
            /ssh=\S*:(\d+) udp=\S*:(\d+) fingerprint=(\S+)(?: https=\S*:(\d+) https-fingerprint=(\S+))?\n/
        );
        this.address = {
            sshPort: Number(line[1]),
            udpPort: Number(line[2]),
            fingerprint: line[3],
            // not there when the old one's process has not let go of its port yet
            httpsPort: line[4] === undefined ? httpsPort : Number(line[4]),
            httpsFingerprint: line[5] ?? this.address.httpsFingerprint
        };
    }

    /** `connect-cp` with connection options filled in; `args` are the rest of the command line. */
    copy(args: readonly string[], overrides: CopyOverrides = {}): RunningProgram {
        const connection = [
            ...['--host', overrides.host ?? this.host, '--user', overrides.user ?? 'ana'],
            ...['-P', String(overrides.sshPort ?? this.address.sshPort)],
            ...['-O', String(overrides.udpPort ?? this.address.udpPort)],
            ...['--check-sshfp', overrides.fingerprint ?? this.address.fingerprint],
            // the program's own default is that of the ascp family, 10 Mbit/s: too slow to wait for
            ...(args.includes('-l') ? [] : ['-l', '300M'])
        ];
        const env = {
            ...process.env,
            CONNECT_HOME: join(this.folder, 'home'),
            ASPERA_SCP_PASS: overrides.password ?? PASSWORD,
            ...overrides.env
        };
        return this.launch(this.options.clientPrefix, CONNECT_CP, [...connection, ...args], env);
    }

    send(
        sources: readonly string[],
        target: string,
        args: readonly string[] = [],
        overrides?: CopyOverrides
    ): RunningProgram {
        return this.copy(['--mode=send', ...args, ...sources, target], overrides);
    }

    receive(
        sources: readonly string[],
        target: string,
        args: readonly string[] = [],
        overrides?: CopyOverrides
    ): RunningProgram {
        return this.copy(['--mode=recv', ...args, ...sources, target], overrides);
    }

    async dispose(): Promise<void> {
        await this.server?.end();
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private handOver(uid: number): void {
        fs.chmodSync(this.folder, 0o711);
        for (const folder of [this.data, this.root]) {
            const inside = fs.readdirSync(folder, { recursive: true, encoding: 'utf8' });
            [folder, ...inside.map(name => join(folder, name))].forEach(path => fs.chownSync(path, uid, uid));
        }
    }

    private launch(
        prefix: readonly string[] = [],
        script: string,
        args: string[],
        env: NodeJS.ProcessEnv
    ): RunningProgram {
        const [command, ...rest] = [...prefix, process.execPath, script, ...args];
        return run(command, rest, { env });
    }
}

export interface CopyOverrides {
    readonly host?: string;
    readonly user?: string;
    readonly sshPort?: number;
    readonly udpPort?: number;
    readonly fingerprint?: string;
    readonly password?: string;
    readonly env?: NodeJS.ProcessEnv;
}
