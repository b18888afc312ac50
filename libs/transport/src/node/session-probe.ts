import { ConnectError } from '@connect/base';
import { MessageConnection } from 'vscode-jsonrpc/node';
import { controlConnection, fromResponseError } from '../control/control-connection';
import {
    CONTROL_VERSION,
    HelloMessage,
    HelloNotification,
    SERVER_COMMAND,
    SessionCaps,
    StartParams,
    StartRequest
} from '../control/control-protocol';
import { SkipBanner } from '../control/skip-banner';
import { CIPHERS } from '../control/start-params';
import { askForPorts } from '../control/udp-ports';
import { decodeFrames, ReportFrame } from '../proto/frames';
import { PathFindings, PathProbe } from '../proto/path-probe';
import { DEFAULT_SUFFIXES } from '../proto/partial-names';
import { MAX_SOCKS_HEADER_BYTES } from '../proto/socks-datagram';
import { SOFTWARE } from '../software';
import { datagramSize } from './datagram-size';
import { PacketIo } from './packet-io';
import { choosePacketIo } from './packet-io-choice';
import { relayedPacketIo } from './packet-io-dgram';
import { checkHello } from './session-hello';
import { openSocksRelay, SocksAddress } from './socks-proxy';
import { openCommand, SshClient, SshCommand } from './ssh-channel';

const TURN_MS = 5;
const MAX_SAID = 2000;
/** Nothing is moved, so no rate is used up. */
const PROBE_RATE = { targetBps: 1_000_000, minBps: 1, policy: 'fair' } as const;

/** How a session is tried. */
export interface SessionProbeOptions {
    /** Address of the server, as SSH reached it. */
    readonly address: string;
    /** By default the one that the server names. */
    readonly udpPort?: number;
    /** Datagrams go through it, too. */
    readonly socksProxy?: SocksAddress;
    /** For the server's first message, and for its agreement. */
    readonly helloMs: number;
    /** For the first answer over UDP. */
    readonly udpMs: number;
    readonly signal: AbortSignal;
}

/** What a server says of itself when a session begins. */
export interface ServerWords {
    readonly software: string;
    readonly caps: SessionCaps;
    /** Where datagrams go. */
    readonly udpAddress: string;
    readonly udpPort: number;
    /** Without the token that comes with it. */
    readonly https?: { readonly port: number; readonly fingerprint: string };
}

/**
 * Begins a session over SSH as a transfer does, sends datagrams, and ends it: nothing is read or written at the server.
 * Used once; whoever made the SSH connection closes it.
 */
export class SessionProbe {
    private channel: SshCommand | undefined;
    private control: MessageConnection | undefined;
    private hello: HelloMessage | undefined;
    private said = '';

    constructor(
        private readonly client: SshClient,
        private readonly options: SessionProbeOptions
    ) {}

    /**
     * @throws ConnectError `transfer.engine-missing`, `transfer.connection-lost`, `transfer.connect-timeout`,
     * `transfer.protocol`, `cancelled`
     */
    async open(): Promise<ServerWords> {
        const { udpPort, address } = this.options;
        const channel = await openCommand(this.client, SERVER_COMMAND, askForPorts(udpPort));
        this.channel = channel;
        const hello = await this.within(this.options.helloMs, this.firstMessage(channel));
        this.hello = hello;
        checkHello(hello);
        const { software, caps, https } = hello;
        return {
            software,
            caps,
            udpAddress: hello.udpHost ?? address,
            udpPort: hello.isOwnPort ? hello.udpPort : (udpPort ?? hello.udpPort),
            ...(https ? { https: { port: https.port, fingerprint: https.fingerprint } } : {})
        };
    }

    /**
     * Sends datagrams to where {@link open} has said. Resolves also when none was answered.
     * @throws ConnectError `transfer.udp-blocked` without a socket, what the server objects, `cancelled`
     */
    async probePath(words: ServerWords): Promise<PathFindings> {
        const { socksProxy } = this.options;
        const size = datagramSize(words.udpAddress, undefined, socksProxy && MAX_SOCKS_HEADER_BYTES);
        const session = checkHello(this.hello!);
        const cipher = CIPHERS.find(each => this.hello!.ciphers.includes(each)) ?? CIPHERS[0]!;
        const keys = { session, cipher, isServer: false };
        const relay = socksProxy && (await openSocksRelay(socksProxy));
        const io = relay ? relayedPacketIo(keys, relay) : choosePacketIo().client(keys);
        try {
            const start = this.startParams(words, cipher, size.maxPlaintextBytes);
            const agreed = this.control!.sendRequest(StartRequest, start);
            await this.within(this.options.helloMs, agreed);
            await io.connect(words.udpAddress, words.udpPort);
            return await this.exchange(io, new PathProbe(size.overheadBytes, size.maxPlaintextBytes));
        } catch (error) {
            throw fromResponseError(error);
        } finally {
            io.close();
            relay?.close();
        }
    }

    /** Ends the session at the server as well. Idempotent. */
    close(): void {
        this.control?.dispose();
        this.channel?.end();
        this.channel?.destroy();
    }

    private firstMessage(channel: SshCommand): Promise<HelloMessage> {
        const words = channel.pipe(new SkipBanner());
        const control = controlConnection(words, channel);
        this.control = control;
        channel.stderr.setEncoding('utf8').on('data', (text: string) => {
            this.said = (this.said + text).slice(-MAX_SAID);
        });
        return new Promise((resolve, reject) => {
            control.onNotification(HelloNotification, resolve);
            control.onError(([error]) => reject(ConnectError.from(error, 'transfer.protocol')));
            channel.once('close', (code?: number) => reject(this.closed(code)));
            control.listen();
        });
    }

    private closed(code: number | undefined): ConnectError {
        const said = this.said.trim() === '' ? '' : `: ${this.said.trim()}`;
        return code === 127
            ? new ConnectError('transfer.engine-missing', `The server has no connect-cp on its PATH${said}`)
            : new ConnectError('transfer.connection-lost', `The server ended the session${said}`);
    }

    /** A transfer of nothing, in a direction that this user has. */
    private startParams(
        { caps }: ServerWords,
        cipher: StartParams['cipher'],
        maxPlaintextBytes: number
    ): StartParams {
        const isUpload = caps.permissions.upload;
        return {
            protocol: CONTROL_VERSION,
            software: SOFTWARE,
            direction: isUpload ? 'upload' : 'download',
            ...(isUpload ? { destination: '/' } : { sources: [{ path: '/' }], requested: true }),
            cipher,
            maxPlaintextBytes,
            options: {
                overwrite: 'never',
                resume: 'none',
                symlinks: 'skip',
                createDestination: false,
                partialSuffix: DEFAULT_SUFFIXES.partial,
                resumeSuffix: DEFAULT_SUFFIXES.checkpoint
            },
            rate: PROBE_RATE
        };
    }

    private async exchange(io: PacketIo, probe: PathProbe): Promise<PathFindings> {
        const { udpMs, signal } = this.options;
        const now = (): number => performance.now();
        const onReport = (report: ReportFrame): void => probe.onReport(now(), report);
        const nothing = (): void => undefined;
        const handler = { onReport, onPing: nothing, onData: nothing, onFloor: nothing };
        let broken: ConnectError | undefined;
        io.onPacket = (_number, plaintext) => {
            try {
                decodeFrames(plaintext, handler);
            } catch (error) {
                broken = ConnectError.from(error, 'transfer.protocol');
            }
        };
        const startedMs = now();
        while (!probe.isOver(now()) && (probe.isAnswered || now() - startedMs < udpMs)) {
            throwIfAborted(signal);
            if (broken) {
                throw broken;
            }
            for (let packet = probe.poll(now()); packet; packet = probe.poll(now())) {
                io.send(packet.packetNumber, packet.head, undefined);
            }
            io.flush();
            await new Promise(resolve => setTimeout(resolve, TURN_MS));
        }
        return probe.findings();
    }

    private async within<T>(timeoutMs: number, result: Promise<T>): Promise<T> {
        const { signal } = this.options;
        throwIfAborted(signal);
        let giveUp = (): void => undefined;
        const late = new Promise<never>((_resolve, reject) => {
            const message = 'The server does not begin the session in time';
            const timer = setTimeout(
                () => reject(new ConnectError('transfer.connect-timeout', message)),
                timeoutMs
            );
            const stop = (): void => reject(cancelled());
            signal.addEventListener('abort', stop, { once: true });
            giveUp = () => {
                clearTimeout(timer);
                signal.removeEventListener('abort', stop);
            };
        });
        try {
            return await Promise.race([result, late]);
        } finally {
            giveUp();
        }
    }
}

function throwIfAborted(signal: AbortSignal): void {
    if (signal.aborted) {
        throw cancelled();
    }
}

function cancelled(): ConnectError {
    return new ConnectError('cancelled', 'The test was cancelled');
}
