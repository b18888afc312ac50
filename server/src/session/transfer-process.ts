import { ChildProcess } from 'child_process';
import { existsSync } from 'fs';
import { dirname, join } from 'path';
import { Duplex } from 'stream';
import { ConnectError, Disposable } from '@connect/base';
import { FromSession, SessionLaunch, ToSession } from '@connect/transport/lib/control/session-launch';
import { UdpListener } from '@connect/transport/lib/node/packet-io-dgram';
import { Log } from '../log';

/** From the end of its input, and from each signal, until the next and sterner measure. */
const PATIENCE_MS = 3000;

/** A session ends by itself when it may do without a connection no longer; this is how late it may be. */
const DETACHED_GRACE_MS = 10_000;

/** Bytes of a session's error output that go to the log. */
const MAX_LOGGED_ERRORS = 16 * 1024;

/** Datagrams on their way to a session that does not read them; more are dropped, as a full queue of a network would. */
const MAX_PENDING_DATAGRAMS = 64;

/**
 * Where the transfer program lies: the variable CONNECT_CP, else beside this program (one-file bundles), else in the
 * transport package.
 * @throws ConnectError `transfer.engine-missing`
 */
export function findTransferProgram(environment: NodeJS.ProcessEnv): string {
    const beside = join(dirname(process.argv[1] ?? ''), 'connect-cp.js');
    const found = environment.CONNECT_CP || (existsSync(beside) ? beside : undefined);
    if (found) {
        return found;
    }
    try {
        return require.resolve('@connect/transport/bin/connect-cp.js');
    } catch (error) {
        throw new ConnectError(
            'transfer.engine-missing',
            'connect-cp was not found; set CONNECT_CP',
            {},
            error
        );
    }
}

/** What of an SSH channel a session needs. */
export type TransferChannel = Duplex & { exit(status: number | string): void; close(): void };

/**
 * One transfer session: a process of its own, joined to an SSH channel. The first channel is its standard input and
 * output; when that is lost and the session goes on, the bytes of the next travel as messages. When it fails, its channel ends with an error
 * and nothing else happens; when the server dies, the process loses its input and ends too.
 */
export class TransferProcess {
    private route: Disposable | undefined;
    private pendingDatagrams = 0;
    private loggedErrors = 0;
    private timer: NodeJS.Timeout | undefined;
    private token: string | undefined;
    private channelCount = 0;
    /** It was told to end: nothing gives it more time. */
    private isTerminating = false;
    /** It goes on without a connection. */
    isDetached = false;
    /** Resolves when the process is gone; never rejects. */
    readonly ended: Promise<void>;

    constructor(
        private readonly child: ChildProcess,
        private channel: TransferChannel,
        private readonly launch: SessionLaunch,
        private readonly listener: UdpListener,
        private readonly log: Log
    ) {
        this.ended = new Promise(resolve => this.child.once('close', () => resolve()));
        this.connectStreams();
        this.child.on('message', message => this.onMessage(message as FromSession));
        this.child.once('error', error => this.onGone(undefined, undefined, error));
        this.child.once('close', (code, signal) => this.onGone(code ?? undefined, signal ?? undefined));
        this.send(launch);
    }

    /** Known to the session and its client only. */
    get attachToken(): string | undefined {
        return this.token;
    }

    /** For the log. */
    get what(): string {
        return `session of ${this.launch.user} (pid ${this.child.pid})`;
    }

    /** Puts another channel in the place of the one there is; false when the session ends. */
    attach(channel: TransferChannel): boolean {
        if (this.isTerminating) {
            return false;
        }
        clearTimeout(this.timer);
        this.timer = undefined;
        this.isDetached = false;
        this.log('session-attached', { user: this.launch.user });
        const number = ++this.channelCount;
        this.channel = channel;
        this.send({ type: 'attached', channel: number });
        channel.on('data', (bytes: Buffer) => this.send({ type: 'channel-bytes', channel: number, bytes }));
        this.follow(channel, () => this.send({ type: 'channel-closed', channel: number }));
        return true;
    }

    /** A channel is gone. One that has been replaced is nobody's end. */
    lose(channel: TransferChannel): void {
        if (channel === this.channel) {
            this.end();
        }
    }

    /** Ends the session's input; a session that goes on all the same is killed. */
    end(): void {
        if (this.timer || this.child.exitCode !== null || this.child.signalCode !== null) {
            return;
        }
        this.child.stdin?.end();
        this.timer = setTimeout(() => {
            this.child.kill('SIGTERM');
            this.timer = setTimeout(() => this.kill(), PATIENCE_MS);
        }, PATIENCE_MS);
    }

    /** Asks the session to end now, and makes it end when it does not. */
    terminate(): void {
        if (this.isTerminating) {
            return;
        }
        this.isTerminating = true;
        this.child.kill('SIGTERM');
        clearTimeout(this.timer);
        this.timer = undefined;
        this.end();
    }

    private kill(): void {
        this.log('session-killed', { user: this.launch.user, pid: this.child.pid });
        this.child.kill('SIGKILL');
    }

    private connectStreams(): void {
        const { stdin, stdout, stderr } = this.child;
        this.channel.pipe(stdin!);
        stdout!.pipe(this.channel, { end: false });
        // A process that is gone closes its input; how it ended is told by its exit.
        stdin!.on('error', error =>
            this.log('session-input', { user: this.launch.user, reason: error.message })
        );
        this.follow(this.channel, () => stdin!.end());
        stderr!.setEncoding('utf8').on('data', (text: string) => {
            const room = MAX_LOGGED_ERRORS - this.loggedErrors;
            this.loggedErrors += text.length;
            if (room > 0) {
                this.log('session-says', { user: this.launch.user, text: text.slice(0, room).trimEnd() });
            }
        });
    }

    private follow(channel: TransferChannel, onClosed: () => void): void {
        let isOpen = true;
        const closed = (): void => {
            if (isOpen) {
                isOpen = false;
                onClosed();
                this.lose(channel);
            }
        };
        channel.on('error', error =>
            this.log('session-channel', { user: this.launch.user, reason: error.message })
        );
        channel.once('close', closed);
        channel.once('end', closed);
    }

    /** The session has lost its connection and goes on. */
    private onDetached(): void {
        if (this.isTerminating) {
            return;
        }
        this.log('session-detached', { user: this.launch.user });
        clearTimeout(this.timer);
        this.isDetached = true;
        this.timer = setTimeout(() => this.terminate(), this.launch.maxDetachedMs + DETACHED_GRACE_MS);
    }

    private onMessage(message: FromSession): void {
        if (message?.type === 'registered' && /^[0-9a-f]{16}$/.test(message.sessionId) && !this.route) {
            this.token = /^[0-9a-f]{64}$/.test(message.attachToken) ? message.attachToken : undefined;
            this.route = this.listener.register(
                BigInt(`0x${message.sessionId}`),
                ({ bytes, address, port }) => {
                    if (this.pendingDatagrams < MAX_PENDING_DATAGRAMS) {
                        this.send({ type: 'datagram', bytes, address, port });
                    }
                }
            );
        } else if (message?.type === 'detached') {
            this.onDetached();
        } else if (message?.type === 'channel-bytes') {
            if (message.channel === this.channelCount && this.channel.writable) {
                this.channel.write(message.bytes);
            }
        } else if (message?.type === 'started') {
            const { direction, paths } = message;
            this.log('transfer-started', {
                user: this.launch.user,
                direction,
                paths: paths.slice(0, 8).join(' ')
            });
        } else if (message?.type === 'ended') {
            const { filesDone, filesFailed, bytesDone, error } = message;
            this.log('transfer-ended', {
                user: this.launch.user,
                filesDone,
                filesFailed,
                bytesDone,
                error: error?.code
            });
        }
    }

    private send(message: ToSession): void {
        if (!this.child.connected) {
            return;
        }
        this.pendingDatagrams += 1;
        this.child.send(message, error => {
            this.pendingDatagrams -= 1;
            if (error) {
                this.log('session-unreachable', { user: this.launch.user, reason: error.message });
            }
        });
    }

    private onGone(code?: number, signal?: string, error?: Error): void {
        clearTimeout(this.timer);
        this.route?.dispose();
        this.route = undefined;
        this.log('session-ended', { user: this.launch.user, code, signal, reason: error?.message });
        if (this.channel.writable) {
            this.channel.exit(code ?? (signal ? signal.replace(/^SIG/, '') : 1));
        }
        this.channel.end();
    }
}
