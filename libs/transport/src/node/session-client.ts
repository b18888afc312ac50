import { Socket } from 'node:net';
import { ConnectError } from '@connect/base';
import { MessageConnection } from 'vscode-jsonrpc/node';
import { controlConnection, fromResponseError } from '../control/control-connection';
import {
    CONTROL_VERSION,
    DoneNotification,
    EndedMessage,
    EndedNotification,
    HelloMessage,
    HttpsOffer,
    HelloNotification,
    SERVER_COMMAND,
    SessionCipher,
    SessionOptions,
    SetRateRequest,
    StartRequest,
    StartResult,
    StopRequest
} from '../control/control-protocol';
import { applyRules, checkRules, RateRules } from '../control/rate-rules';
import { SkipBanner } from '../control/skip-banner';
import { checkSourceRules } from '../control/transfer-permission';
import { askForPorts } from '../control/udp-ports';
import { ConnectionStats } from '../proto/types';
import { chooseHash, HashAlgorithm } from '../proto/hash-algorithm';
import { TransferSource } from '../proto/placement';
import { RateSettings } from '../proto/rate-controller';
import { MAX_SOCKS_HEADER_BYTES } from '../proto/socks-datagram';
import { SOFTWARE } from '../software';
import { hashesFor, knownHashes } from './content-hash';
import { DatagramSize, datagramSize } from './datagram-size';
import { EarlyConnection } from './early-connection';
import { FileStore } from './file-store';
import { EntryFeed } from './multi/entry-feed';
import { OrderRequests } from './multi/order-requests';
import { PacketIo } from './packet-io';
import { choosePacketIo } from './packet-io-choice';
import { relayedPacketIo } from './packet-io-dgram';
import { channelEnd, connectionLost, lastError } from './session-endings';
import { checkHello } from './session-hello';
import { PumpTimeouts, SessionPump } from './session-pump';
import { makeTransfer, Transfer } from './session-transfer';
import { loginOf } from './session-socket';
import { SessionStages } from './session-stages';
import type { SocksAddress, SocksRelay } from './socks-proxy';
import { connectAndRun, SshClient, SshCommand, SshOptions } from './ssh-channel';
import { StageListener } from './stage-teller';
import { FileProgress, NOTHING_YET, TransferEvents, TransferSummary } from './transfer-types';
import { isUdpFailure } from './udp-errors';
import { within } from './within';

const DEFAULT_LOGIN_MS = 20_000;
/** How long the server may take to answer while UDP is silent. */
const ALIVE_CHECK_MS = 3000;
/** How long the server may take to put the files of a session in order that ends. */
const SETTLE_MS = 10_000;
const STOP_WORD_MS = 1000;
/** Characters of what a server says for people. */
const MAX_SAID = 2000;

/** One transfer, seen from the client. */
export interface SessionClientOptions {
    readonly ssh: Omit<SshOptions, 'socket'>;
    /** By default the one the server names; a far end that chooses a port begins its search here. */
    readonly udpPort?: number;
    /** How long to wait for the first answer over UDP; three times as long for a sign of life later on. */
    readonly udpTimeoutMs?: number;
    readonly direction: 'upload' | 'download';
    /** Local for an upload, on the server for a download. */
    readonly sources: readonly TransferSource[];
    /** On the server for an upload, local for a download. */
    readonly destination: string;
    /** Local files; it remains the caller's. */
    readonly store: FileStore;
    readonly options: SessionOptions;
    readonly rate: RateSettings;
    readonly cipher: SessionCipher;
    /** The one to be used, if the server knows it. By default the fastest that both ends know. */
    readonly hash?: HashAlgorithm;
    /** Payload of UDP per datagram. */
    readonly datagramBytes?: number;
    /** SOCKS5 proxy that SSH and datagrams go through. */
    readonly socksProxy?: SocksAddress;
    /** To the host of `ssh`, instead of one that is begun now. */
    readonly early?: EarlyConnection;
    /** Of an upload: tells what to send, instead of a walk through the sources. */
    readonly feed?: EntryFeed;
    /** Of a download: tells the server what to send. */
    readonly requests?: OrderRequests;
}

/** What has been agreed with the server. */
export interface SessionInfo {
    readonly sessionId: string;
    readonly serverSoftware: string;
    readonly serverAddress: string;
    /** 0 when the session does not use UDP. */
    readonly udpPort: number;
    /** Set when the session goes over HTTPS. `proxy` is host and port of the proxy it goes through. */
    readonly https?: { readonly port: number; readonly proxy?: string };
    /** Within the rules. */
    readonly rate: RateSettings;
    readonly rules: RateRules;
    /** What proves the content. */
    readonly hash: HashAlgorithm;
}

export interface SessionClientEvents extends TransferEvents {
    /** The server has agreed; data may flow. */
    onStarted?(info: SessionInfo): void;
    onRate?(rate: RateSettings): void;
    /** How far the session has come. */
    onStage?: StageListener;
}

/** The client's end of one session: logs in, agrees with the server, moves the files, and hangs up. Used once. */
export class SessionClient {
    private ssh: SshClient | undefined;
    private socket: Socket | undefined;
    private channel: SshCommand | undefined;
    private control: MessageConnection | undefined;
    private pump: SessionPump | undefined;
    private transfer: Transfer | undefined;
    private rate: RateSettings;
    private rules: RateRules = {};
    private stopped: ConnectError | undefined;
    private ended: EndedMessage | undefined;
    private offer: HttpsOffer | undefined;
    private relay: SocksRelay | undefined;
    private words: SkipBanner | undefined;
    private serverErrors = '';
    private readonly stages: SessionStages;
    /** Rejects when the session cannot go on; resolves with the server's last word. */
    private settleLastWord!: { resolve(message: EndedMessage): void; reject(error: ConnectError): void };
    private readonly lastWord = new Promise<EndedMessage>((resolve, reject) => {
        this.settleLastWord = { resolve, reject };
    });

    constructor(
        private readonly options: SessionClientOptions,
        private readonly events: SessionClientEvents = {}
    ) {
        this.rate = options.rate;
        this.stages = new SessionStages(report => events.onStage?.(report));
        // whoever waits for it hears of it; before that nobody does
        this.lastWord.catch(() => undefined);
    }

    /**
     * Resolves when everything that can be is at its place; the summary says what failed. Rejects with what ended the
     * session: the errors of {@link connectSsh}, `transfer.udp-blocked`, `transfer.udp-stalled`,
     * `transfer.connection-lost`, `transfer.protocol`, what the server says, or the error given to {@link stop}.
     */
    async run(): Promise<TransferSummary> {
        try {
            const channel = await this.logIn();
            const hello = await this.hear(channel);
            return await this.move(hello);
        } catch (error) {
            const failure = this.stopped ?? (await this.explain(ConnectError.from(error)));
            this.stages.ended(failure);
            await this.tellStop(failure);
            throw failure;
        } finally {
            this.hangUp();
        }
    }

    /**
     * Logs in, and hangs up when the server has said where the transfer can go without UDP; instead of {@link run}.
     * Resolves to undefined where it cannot. Rejects as {@link run}.
     */
    async askForHttps(): Promise<HttpsOffer | undefined> {
        try {
            const hello = await this.hear(await this.logIn());
            this.stages.agreed(hello, {});
            return hello.https;
        } catch (error) {
            const failure = this.stopped ?? ConnectError.from(error);
            this.stages.ended(failure);
            throw failure;
        } finally {
            this.hangUp();
        }
    }

    /** Ends soon; what resuming needs is kept at both ends. Idempotent. */
    stop(reason: ConnectError): void {
        if (this.stopped) {
            return;
        }
        this.stopped = reason;
        if (this.transfer) {
            this.transfer.stop(reason);
        }
        this.settleLastWord.reject(reason);
        if (!this.transfer) {
            this.hangUp();
        }
    }

    /** Takes effect at once where this end sends, else within a round trip; as far as the server's rules allow. */
    setRate(asked: RateSettings): void {
        const rate = applyRules(asked, this.rules);
        this.rate = rate;
        this.pump?.setRate(rate);
        void this.tell(control => control.sendRequest(SetRateRequest, rate)).then(answer => {
            if (answer) {
                this.rate = answer.rate;
                this.pump?.setRate(answer.rate);
                this.events.onRate?.(answer.rate);
            }
        });
    }

    get rateSettings(): RateSettings {
        return this.rate;
    }

    progress(): FileProgress {
        return this.transfer?.progress() ?? NOTHING_YET;
    }

    /** Where the server says that the transfer can go on without UDP; undefined before it has said anything. */
    get httpsOffer(): HttpsOffer | undefined {
        return this.offer;
    }

    /** Undefined before data may flow. */
    stats(): ConnectionStats | undefined {
        return this.pump?.stats();
    }

    private async logIn(): Promise<SshCommand> {
        const login = await loginOf(this.options, this.stages);
        this.socket = login.socket;
        // the library is loaded while the network answers
        knownHashes();
        const environment = askForPorts(this.options.udpPort);
        const { client, command } = await connectAndRun(login, SERVER_COMMAND, environment);
        this.stages.loggedIn();
        this.ssh = client;
        this.throwIfStopped();
        client.once('close', () => this.settleLastWord.reject(connectionLost(login.host)));
        return command;
    }

    /** Waits for the server's first message. */
    private hear(channel: SshCommand): Promise<HelloMessage> {
        this.channel = channel;
        const words = channel.pipe(new SkipBanner());
        this.words = words;
        const control = controlConnection(words, channel);
        this.control = control;
        channel.stderr.setEncoding('utf8').on('data', (text: string) => {
            this.serverErrors = (this.serverErrors + text).slice(-MAX_SAID);
        });
        return new Promise((resolve, reject) => {
            const timer = setTimeout(
                () =>
                    reject(
                        new ConnectError('transfer.connect-timeout', 'The server does not begin the session')
                    ),
                this.options.ssh.timeoutMs ?? DEFAULT_LOGIN_MS
            );
            const over = (error: ConnectError): void => {
                clearTimeout(timer);
                reject(error);
                this.settleLastWord.reject(error);
            };
            control.onNotification(HelloNotification, hello => {
                clearTimeout(timer);
                resolve(hello);
            });
            control.onNotification(EndedNotification, message => {
                this.ended = message;
                this.settleLastWord.resolve(message);
            });
            control.onError(([error]) => over(ConnectError.from(error, 'transfer.protocol')));
            channel.once('close', (code?: number) => over(this.channelClosed(code)));
            this.lastWord.catch(error => over(ConnectError.from(error)));
            control.listen();
        });
    }

    /**
     * Asks for the transfer and begins with it at the same time: the keys are known, and an answer would only repeat
     * the server's caps. A refusal ends it.
     */
    private async move(hello: HelloMessage): Promise<TransferSummary> {
        const { options } = this;
        const { socksProxy } = options;
        // a proxy looks names up by itself, and its own address is not the server's
        const reached = socksProxy ? undefined : this.socket?.remoteAddress;
        const address = hello.udpHost ?? reached ?? options.ssh.host;
        const size = datagramSize(address, options.datagramBytes, socksProxy && MAX_SOCKS_HEADER_BYTES);
        this.relay = socksProxy && (await (await import('./socks-proxy')).openSocksRelay(socksProxy));
        const io = this.openPackets(hello, size);
        const hash = chooseHash(hashesFor(options.hash), hello.hashes);
        const started = this.requestStart(size.maxPlaintextBytes, hash);
        // it is waited for further down
        started.catch(() => undefined);
        const udpPort = hello.isOwnPort ? hello.udpPort : (options.udpPort ?? hello.udpPort);
        await io.connect(address, udpPort);
        this.throwIfStopped();
        this.stages.agreed(hello, { address, port: udpPort });
        const { sessionId, software: serverSoftware } = hello;
        this.events.onStarted?.({
            sessionId,
            serverSoftware,
            serverAddress: address,
            udpPort,
            rate: this.rate,
            rules: this.rules,
            hash
        });
        const transfer = this.begin(hash);
        const asked = this.rate;
        started.then(
            answer => this.rate === asked && this.takeRate(answer.rate),
            error => transfer.stop(ConnectError.from(error))
        );
        const summary = await this.withRemoval(await transfer.run());
        await this.tellDone(summary);
        return summary;
    }

    /** Of a download: the server still has sources to remove when everything is here. */
    private async withRemoval(summary: TransferSummary): Promise<TransferSummary> {
        const { direction, options } = this.options;
        if (direction === 'upload' || !options.removal) {
            return summary;
        }
        const { summary: theirs, error } = await this.lastWord;
        const outcome = summary.error ?? error ?? theirs?.error;
        return outcome ? { ...summary, error: outcome } : summary;
    }

    private openPackets(hello: HelloMessage, size: DatagramSize): PacketIo {
        const { options } = this;
        const session = checkHello(hello);
        this.offer = hello.https;
        if (!hello.ciphers.includes(options.cipher)) {
            throw new ConnectError(
                'transfer.protocol',
                `The server does not offer the cipher ${options.cipher}`
            );
        }
        this.rules = checkRules(hello.caps);
        checkSourceRules(options.direction, options.options, hello.caps);
        this.rate = applyRules(this.rate, this.rules);
        const keys = { session, cipher: options.cipher, isServer: false };
        const io = this.relay ? relayedPacketIo(keys, this.relay) : choosePacketIo().client(keys);
        this.pump = new SessionPump({
            io,
            connection: { ...size, rate: this.rate },
            timeouts: pumpTimeouts(options.udpTimeoutMs),
            onAnswered: () => this.stages.answered(),
            onFailed: error => this.transfer?.stop(error)
        });
        return io;
    }

    private requestStart(maxPlaintextBytes: number, hash: HashAlgorithm): Promise<StartResult> {
        const { options } = this;
        const isUpload = options.direction === 'upload';
        return this.ask(control =>
            control.sendRequest(StartRequest, {
                protocol: CONTROL_VERSION,
                software: SOFTWARE,
                direction: options.direction,
                cipher: options.cipher,
                hash,
                maxPlaintextBytes,
                ...(isUpload ? { destination: options.destination } : { sources: options.sources }),
                options: options.options,
                ...(options.requests ? { requested: true } : {}),
                rate: this.rate
            })
        );
    }

    private begin(hash: HashAlgorithm): Transfer {
        const { store, sources, destination, options, direction, feed, requests } = this.options;
        const pump = this.pump!;
        const transfer = makeTransfer(
            direction === 'upload',
            { store, port: pump, sources, destination, options, hash, feed, requests },
            this.events
        );
        this.transfer = transfer;
        pump.start();
        requests?.attach(pump);
        this.lastWord.then(
            message => message.error && transfer.stop(ConnectError.fromWire(message.error)),
            error => transfer.stop(ConnectError.from(error))
        );
        return transfer;
    }

    private takeRate(rate: RateSettings): void {
        const { targetBps, minBps, policy } = this.rate;
        if (rate.targetBps !== targetBps || rate.minBps !== minBps || rate.policy !== policy) {
            this.rate = rate;
            this.pump?.setRate(rate);
            this.events.onRate?.(rate);
        }
    }

    private async ask<T>(request: (control: MessageConnection) => Promise<T>): Promise<T> {
        const answered = async (): Promise<T> => {
            try {
                return await request(this.control!);
            } catch (error) {
                throw fromResponseError(error);
            }
        };
        return Promise.race([answered(), this.lastWord.then(message => Promise.reject(lastError(message)))]);
    }

    /** UDP that falls silent may mean that the whole connection is gone. */
    private async explain(error: ConnectError): Promise<ConnectError> {
        if (!ConnectError.is(error, 'transfer.udp-stalled')) {
            return error;
        }
        const answer = this.tell(control => control.sendRequest(SetRateRequest, this.rate));
        return (await within(ALIVE_CHECK_MS, answer)) ? error : connectionLost(this.options.ssh.host);
    }

    /** A request whose failure only means that the session is ending; how it ended is told by {@link run}. */
    private async tell<T>(request: (control: MessageConnection) => Promise<T>): Promise<T | undefined> {
        try {
            return this.control && (await request(this.control));
        } catch {
            // the answer would have come from a server that is gone
            return undefined;
        }
    }

    /** What has been handed to the system is delivered, also when this process has ended: there is no answer to wait for. */
    private async tellDone({ filesDone, filesFailed, bytesDone, error }: TransferSummary): Promise<void> {
        const message = { filesDone, filesFailed, bytesDone, ...(error ? { error } : {}) };
        const told = this.tell(control => control.sendNotification(DoneNotification, message));
        await within(STOP_WORD_MS, told);
        this.channel?.end();
    }

    private async tellStop(reason: ConnectError): Promise<void> {
        if (this.transfer && !this.ended) {
            const told = this.tell(control => control.sendRequest(StopRequest, { reason: reason.toWire() }));
            await within(STOP_WORD_MS, told);
            if (isUdpFailure(reason)) {
                // another session may go on with the files at once, so the server has to be done with them
                await within(SETTLE_MS, this.lastWord).catch(() => undefined);
            }
        }
    }

    private channelClosed(code: number | undefined): ConnectError {
        const said = this.serverErrors.trim() || (this.words?.banner ?? '').trim().slice(-MAX_SAID);
        return channelEnd(code, said);
    }

    private throwIfStopped(): void {
        if (this.stopped) {
            throw this.stopped;
        }
    }

    private hangUp(): void {
        this.pump?.end(this.stopped ?? new ConnectError('cancelled', 'The session is over'));
        this.relay?.close();
        this.control?.dispose();
        this.ssh?.end();
        this.socket?.destroySoon();
    }
}

function pumpTimeouts(udpTimeoutMs: number | undefined): Partial<PumpTimeouts> {
    return udpTimeoutMs === undefined ? {} : { probeMs: udpTimeoutMs, silenceMs: udpTimeoutMs * 3 };
}
