import { ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { AddressInfo } from 'node:net';
import { AuthContext, CipherAlgorithm, Connection, Server, utils } from 'ssh2';
import { keyFingerprint } from '../node/ssh-channel';
import { EarlyRequests } from '../node/ssh-early-requests';
import { SERVER_IDENT } from '../node/ssh-shortcuts';

/** What the host accepts. */
export interface PlainSshHostOptions {
    readonly password?: string;
    readonly token?: string;
    /** OpenSSH text of the one public key that may log in. */
    readonly publicKey?: string;
    /** Command line that stands for `connect-cp --server` on this host. */
    readonly command: readonly string[];
    readonly environment?: NodeJS.ProcessEnv;
    /** Name of its software; by default that of the library. */
    readonly ident?: string;
    /** The one cipher it knows; by default those of the library. */
    readonly cipher?: CipherAlgorithm;
}

const METHODS = ['password', 'publickey', 'keyboard-interactive'] as const;

/** A host with an SSH server and nothing else of ours but the program, on loopback: what a plain sshd is. */
export class PlainSshHost {
    readonly children = new Set<ChildProcess>();
    private readonly connections = new Set<Connection>();

    private constructor(
        private readonly server: Server,
        readonly fingerprint: string
    ) {}

    static async start(options: PlainSshHostOptions): Promise<PlainSshHost> {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        const pem = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
        const parsed = utils.parseKey(pem);
        if (parsed instanceof Error) {
            throw parsed;
        }
        const server = new Server({
            hostKeys: [pem],
            ...(options.ident ? { ident: options.ident } : {}),
            ...(options.cipher ? { algorithms: { cipher: [options.cipher] } } : {})
        });
        const host = new PlainSshHost(server, keyFingerprint(parsed.getPublicSSH()));
        server.on('connection', connection => host.accept(connection, options));
        await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
        return host;
    }

    get port(): number {
        return (this.server.address() as AddressInfo).port;
    }

    /** Cuts every connection, as a host that goes down. */
    cut(): void {
        this.connections.forEach(connection => connection.end());
    }

    async stop(): Promise<void> {
        this.cut();
        this.children.forEach(child => child.kill('SIGKILL'));
        await new Promise<void>(resolve => this.server.close(() => resolve()));
    }

    private accept(connection: Connection, options: PlainSshHostOptions): void {
        this.connections.add(connection);
        connection.on('error', () => undefined);
        connection.on('close', () => this.connections.delete(connection));
        // connect-server takes its time to decide, and lets what is asked meanwhile wait
        const early = options.ident === SERVER_IDENT ? new EarlyRequests(connection) : undefined;
        connection.on('authentication', context => {
            early?.hold();
            setImmediate(() => {
                authenticate(context, options);
                early?.release();
            });
        });
        connection.on('session', acceptSession => {
            acceptSession().on('exec', acceptExec => {
                const channel = acceptExec();
                const [program, ...args] = options.command;
                const child = spawn(program!, args, {
                    env: {
                        ...process.env,
                        SSH_CONNECTION: '127.0.0.1 1 127.0.0.1 22',
                        ...options.environment
                    }
                });
                this.children.add(child);
                channel.pipe(child.stdin);
                child.stdout.pipe(channel, { end: false });
                child.stderr.pipe(channel.stderr, { end: false });
                child.stdin.on('error', () => undefined);
                child.on('close', code => {
                    this.children.delete(child);
                    channel.exit(code ?? 1);
                    channel.end();
                });
            });
        });
    }
}

function authenticate(context: AuthContext, options: PlainSshHostOptions): void {
    if (context.method === 'password' && context.password === options.password) {
        context.accept();
    } else if (context.method === 'publickey' && options.publicKey !== undefined) {
        const key = utils.parseKey(options.publicKey);
        const isKnown = !(key instanceof Error) && context.key.data.equals(key.getPublicSSH());
        const isProved =
            isKnown && (!context.signature || key.verify(context.blob!, context.signature, context.hashAlgo));
        return isProved === true ? context.accept() : context.reject([...METHODS]);
    } else if (context.method === 'keyboard-interactive' && options.token !== undefined) {
        context.prompt([{ prompt: 'Token: ', echo: false }], answers =>
            answers[0] === options.token ? context.accept() : context.reject()
        );
    } else {
        context.reject([...METHODS]);
    }
}
