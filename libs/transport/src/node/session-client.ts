import { Socket } from 'node:net';
import { ConnectError } from '@connect/base';
import {
    DoneNotification,
    HelloMessage,
    HttpsOffer,
    SERVER_COMMAND,
    SetRateRequest,
    StartRequest,
    StartResult,
    StopRequest
} from '../control/control-protocol';
import { applyRules, checkRules, isSameRate, RateRules } from '../control/rate-rules';
import { checkSourceRules } from '../control/transfer-permission';
import { askForPorts } from '../control/udp-ports';
import { ConnectionStats } from '../proto/types';
import { chooseHash, HashAlgorithm } from '../proto/hash-algorithm';
import { RateSettings } from '../proto/rate-controller';
import { MAX_SOCKS_HEADER_BYTES } from '../proto/socks-datagram';
import { attachToken } from './attach-token';
import { hashesFor, knownHashes } from './content-hash';
import { DatagramSize, datagramSize } from './datagram-size';
import { loadNativeAddon } from './native-addon';
import { PacketIo } from './packet-io';
import { choosePacketIo } from './packet-io-choice';
import { relayedPacketIo } from './packet-io-dgram';
import { ServerDialogue } from './server-dialogue';
import { connectionLost } from './session-endings';
import { checkCipher, checkHello } from './session-hello';
import {
    pumpTimeouts,
    SessionClientEvents,
    SessionClientOptions,
    startParamsOf
} from './session-client-options';
import { SessionPump } from './session-pump';
import { SessionReattachment } from './session-reattachment';
import { makeTransfer, Transfer } from './session-transfer';
import { loginOf } from './session-socket';
import { SessionStages } from './session-stages';
import type { SocksRelay } from './socks-proxy';
import { connectAndRun, SshClient, SshCommand } from './ssh-channel';
import { FileProgress, NOTHING_YET, TransferSummary } from './transfer-types';
import { isUdpFailure } from './udp-errors';
import { within } from './within';

const DEFAULT_LOGIN_MS = 20_000;
/** How long the server may take to answer while UDP is silent. */
const ALIVE_CHECK_MS = 3000;
/** How long the server may take to put the files of a session in order that ends. */
const SETTLE_MS = 10_000;
const STOP_WORD_MS = 1000;
/** How long the last records may take to reach the server where no word over SSH does. */
const DRAIN_MS = 5000;

export type { SessionClientEvents, SessionClientOptions, SessionInfo } from './session-client-options';

/** The client's end of one session: logs in, agrees with the server, moves the files, and hangs up. Used once. */
export class SessionClient {
    private ssh: SshClient | undefined;
    private socket: Socket | undefined;
    private readonly dialogue = new ServerDialogue();
    private pump: SessionPump | undefined;
    private transfer: Transfer | undefined;
    private rate: RateSettings;
    private rules: RateRules = {};
    private stopped: ConnectError | undefined;
    private offer: HttpsOffer | undefined;
    private relay: SocksRelay | undefined;
    /** Takes care of the session while, and after, its first SSH connection is lost. */
    private reattachment: SessionReattachment | undefined;
    private isAgreed = false;
    private isAwaitingRemoval = false;
    private isHungUp = false;
    private readonly stages: SessionStages;
    constructor(
        private readonly options: SessionClientOptions,
        private readonly events: SessionClientEvents = {}
    ) {
        this.rate = options.rate;
        this.stages = new SessionStages(report => events.onStage?.(report));
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
        this.dialogue.fail(reason);
        if (!this.transfer) {
            this.hangUp();
        }
    }

    /** Takes effect at once where this end sends, else within a round trip; as far as the server's rules allow. */
    setRate(asked: RateSettings): void {
        const rate = applyRules(asked, this.rules);
        this.rate = rate;
        this.pump?.setRate(rate);
        void this.dialogue
            .tell(control => control.sendRequest(SetRateRequest, rate))
            .then(answer => {
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
        const environment = askForPorts(this.options.udpPort);
        const loggedIn = connectAndRun(login, SERVER_COMMAND, environment);
        // what the session will need is loaded while the network answers: after the first of it that is here may be read
        setImmediate(() => setImmediate(loadAhead));
        const { client, command } = await loggedIn;
        this.stages.loggedIn();
        this.ssh = client;
        this.throwIfStopped();
        client.once('close', () => this.onLost(connectionLost(login.host)));
        return command;
    }

    /** Waits for the server's first message. */
    private hear(channel: SshCommand): Promise<HelloMessage> {
        return this.dialogue.hear(channel, {
            withinMs: this.options.ssh.timeoutMs ?? DEFAULT_LOGIN_MS,
            hasConnection: () => !this.socket?.destroyed,
            onLost: () => {
                if (this.isAgreed) {
                    this.onLost(connectionLost(this.options.ssh.host));
                }
                return this.isAgreed;
            }
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
        this.events.onStarted?.({
            sessionId: hello.sessionId,
            serverSoftware: hello.software,
            serverAddress: address,
            udpPort,
            rate: this.rate,
            rules: this.rules,
            hash
        });
        const transfer = this.begin(hash);
        const asked = this.rate;
        started.then(
            answer => {
                this.watchConnection(hello);
                if (this.rate === asked) {
                    this.takeRate(answer.rate);
                }
            },
            error => transfer.stop(ConnectError.from(error))
        );
        const summary = await this.withRemoval(await transfer.run());
        await this.tellDone(summary);
        return summary;
    }

    /** From now on the transfer can do without its connection: the far end knows all, and has been granted it. */
    private watchConnection(hello: HelloMessage): void {
        this.isAgreed = true;
        const token = hello.canAttach ? attachToken(checkHello(hello).secret) : undefined;
        this.reattachment = new SessionReattachment(this.options, token, {
            onAttached: (control, { rate }) => {
                this.dialogue.goOn(control);
                if (!isSameRate(rate, this.rate)) {
                    this.setRate(this.rate);
                }
            },
            onEnded: message => this.dialogue.end(message),
            onLost: () => this.onLost(connectionLost(this.options.ssh.host)),
            onGone: () => this.dialogue.fail(connectionLost(this.options.ssh.host)),
            silentMs: () => this.pump?.silenceMs ?? 0,
            onLog: line => this.events.onLog?.(line)
        });
    }

    /** What has begun goes on over UDP, with its keys, for as long as that lives and the server permits. */
    private onLost(error: ConnectError): void {
        const mayGoOn = this.isAgreed && !this.stopped && !this.dialogue.isEnded && !this.isHungUp;
        if (!mayGoOn || this.isAwaitingRemoval) {
            this.dialogue.fail(error);
        } else if (this.dialogue.pause()) {
            this.events.onLog?.(`${error.message}; the transfer goes on over UDP`);
            this.reattachment?.begin();
        }
    }

    /** Of a download: the server still has sources to remove when everything is here. */
    private async withRemoval(summary: TransferSummary): Promise<TransferSummary> {
        const { direction, options } = this.options;
        if (direction === 'upload' || !options.removal) {
            return summary;
        }
        this.isAwaitingRemoval = true;
        if (!this.dialogue.isOpen) {
            this.dialogue.fail(connectionLost(this.options.ssh.host));
        }
        const { summary: theirs, error } = await this.dialogue.lastWord;
        const outcome = summary.error ?? error ?? theirs?.error;
        return outcome ? { ...summary, error: outcome } : summary;
    }

    private openPackets(hello: HelloMessage, size: DatagramSize): PacketIo {
        const { options } = this;
        const session = checkHello(hello);
        this.offer = hello.https;
        checkCipher(hello, options.cipher);
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
        const params = startParamsOf(this.options, { maxPlaintextBytes, hash, rate: this.rate });
        return this.dialogue.ask(control => control.sendRequest(StartRequest, params));
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
        this.dialogue.lastWord.then(
            message => message.error && transfer.stop(ConnectError.fromWire(message.error)),
            error => transfer.stop(ConnectError.from(error))
        );
        return transfer;
    }

    private takeRate(rate: RateSettings): void {
        if (!isSameRate(rate, this.rate)) {
            this.rate = rate;
            this.pump?.setRate(rate);
            this.events.onRate?.(rate);
        }
    }

    /** UDP that falls silent may mean that the whole connection is gone. */
    private async explain(error: ConnectError): Promise<ConnectError> {
        if (!ConnectError.is(error, 'transfer.udp-stalled')) {
            return error;
        }
        const answer = this.dialogue.tell(control => control.sendRequest(SetRateRequest, this.rate));
        return (await within(ALIVE_CHECK_MS, answer)) ? error : connectionLost(this.options.ssh.host);
    }

    /** What has been handed to the system is delivered, also when this process has ended: there is no answer to wait for. */
    private async tellDone({ filesDone, filesFailed, bytesDone, error }: TransferSummary): Promise<void> {
        const message = { filesDone, filesFailed, bytesDone, ...(error ? { error } : {}) };
        if (!this.dialogue.isOpen) {
            await this.pump?.drained(DRAIN_MS);
            return;
        }
        const told = this.dialogue.tell(control => control.sendNotification(DoneNotification, message));
        await within(STOP_WORD_MS, told);
        this.dialogue.endInput();
    }

    private async tellStop(reason: ConnectError): Promise<void> {
        if (this.transfer && !this.dialogue.isEnded) {
            const stop = { reason: reason.toWire() };
            const told = this.dialogue.tell(control => control.sendRequest(StopRequest, stop));
            await within(STOP_WORD_MS, told);
            if (isUdpFailure(reason)) {
                // another session may go on with the files at once, so the server has to be done with them
                await within(SETTLE_MS, this.dialogue.lastWord).catch(() => undefined);
            }
        }
    }

    private throwIfStopped(): void {
        if (this.stopped) {
            throw this.stopped;
        }
    }

    private hangUp(): void {
        this.isHungUp = true;
        this.pump?.end(this.stopped ?? new ConnectError('cancelled', 'The session is over'));
        this.relay?.close();
        this.dialogue.close();
        this.reattachment?.close();
        this.ssh?.end();
        this.socket?.destroySoon();
    }
}

function loadAhead(): void {
    knownHashes();
    loadNativeAddon(process.env);
}
