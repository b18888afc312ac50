import { homedir } from 'node:os';
import { ConnectError, Disposable } from '@connect/base';
import { toResponseError } from '../control/control-connection';
import {
    AttachedNotification,
    CONTROL_VERSION,
    DoneMessage,
    DoneNotification,
    EndedMessage,
    EndedNotification,
    HelloNotification,
    SetRateRequest,
    StartParams,
    StartRequest,
    StartResult,
    StopRequest
} from '../control/control-protocol';
import { FromSession, SessionDatagram, SessionLaunch } from '../control/session-launch';
import { applyRules } from '../control/rate-rules';
import { checkDone, checkRate, checkStartParams, CIPHERS } from '../control/start-params';
import { checkPermission } from '../control/transfer-permission';
import { PortRange } from '../control/udp-ports';
import { RateSettings } from '../proto/rate-controller';
import { SOFTWARE } from '../software';
import { ConfinedFileStore } from './confined-file-store';
import { datagramSize } from './datagram-size';
import { FileStore } from './file-store';
import { LocalFileStore } from './local-file-store';
import { RequestedOrders, RequestedSources } from './multi/requested-orders';
import { PacketIo, PacketKeys } from './packet-io';
import { choosePacketIo } from './packet-io-choice';
import { rootedPath, withoutDot } from './rooted-path';
import { formatSessionId, newSessionSecret } from './packet-sealer';
import { attachToken } from './attach-token';
import { ChannelStreams, SessionChannel } from './session-channel';
import { within } from './within';
import { SessionPump } from './session-pump';
import { makeTransfer, Transfer } from './session-transfer';
import { knownHashes, requireKnown } from './content-hash';
import { TransferSummary } from './transfer-types';

/** A client that has logged in says what it wants within this time. */
const START_WITHIN_MS = 60_000;
/** How long the last records may take to reach the client, and how long it may take to hang up. */
const DRAIN_MS = 5000;
const HANG_UP_MS = 5000;
/** What the client said right before it hung up is heard within this time. */
const LAST_MESSAGE_MS = 100;
/** How long a session of a plain login goes on without its connection. */
const MAX_DETACHED_MS = 600_000;

/** What a session stands on. */
export interface SessionHost extends ChannelStreams {
    /** Given by connect-server; without it the session is the far end of a plain login, with that user's rights. */
    readonly launch?: SessionLaunch;
    /** Address of this host that the client reached, where a session of its own listens. */
    readonly localAddress?: string;
    /** One of them is taken when no server gives the session a shared one. */
    readonly ports: PortRange;
    /** To connect-server; does nothing without one. */
    tell(message: FromSession): void;
    /** Datagrams that connect-server forwards. */
    onDatagram(listener: (datagram: SessionDatagram) => void): Disposable;
    /** Channels that take the place of one that was lost; none come without connect-server. */
    onChannel(listener: (streams: ChannelStreams) => void): void;
}

/**
 * The server's end of one session. A channel that is closed ends it, unless the connection was lost while a transfer is
 * under way: that goes on as long as the client's datagrams come, for a bounded time, in which the client may log in
 * again and give the session another channel.
 */
export class SessionServer {
    private readonly session = newSessionSecret();
    /** Undefined while the connection is lost. */
    private channel: SessionChannel | undefined;
    private readonly toDispose: Disposable[] = [];
    private release!: () => void;
    /** Resolves when the client is gone for good. */
    private readonly released = new Promise<void>(resolve => (this.release = resolve));
    private detachedLimit: NodeJS.Timeout | undefined;
    /** From `start` until the client has everything. */
    private isAtWork = false;
    private isLeaving = false;
    private leave!: () => void;
    /** Resolves when somebody wants the session to end: nothing of it is held for longer than needed. */
    private readonly leaving = new Promise<void>(resolve => (this.leave = resolve));
    private pump: SessionPump | undefined;
    private transfer: Transfer | undefined;
    private openIo!: (keys: PacketKeys) => PacketIo;
    private store: FileStore | undefined;
    private isStarted = false;
    private rate: RateSettings | undefined;
    private clientDone: DoneMessage | undefined;
    private endNow!: () => void;
    /** Resolves when there is nothing left to do. */
    private readonly over = new Promise<void>(resolve => (this.endNow = resolve));

    constructor(private readonly host: SessionHost) {
        this.channel = new SessionChannel(host);
    }

    /** Resolves when the session is over, however it ended. */
    async run(): Promise<void> {
        const late = setTimeout(() => this.isStarted || this.endNow(), START_WITHIN_MS);
        try {
            const udpPort = await this.openPort();
            const first = this.channel!;
            this.listen(first);
            this.host.onChannel(streams => this.attach(streams));
            await this.sayHello(first, udpPort);
            await this.over;
        } finally {
            clearTimeout(late);
            this.toDispose.forEach(item => item.dispose());
            clearTimeout(this.detachedLimit);
            this.pump?.end(channelLost());
            this.channel?.control.dispose();
            await this.store?.dispose();
        }
    }

    /** Ends the transfer as soon as its files are in order. Without a transfer the session ends at once. */
    stop(reason: ConnectError): void {
        this.isLeaving = true;
        this.leave();
        if (this.transfer) {
            this.transfer.stop(reason);
        } else {
            this.endNow();
        }
    }

    private async openPort(): Promise<number> {
        const { launch } = this.host;
        const packetIo = choosePacketIo();
        if (launch) {
            this.openIo = keys => packetIo.shared(keys, launch.udpHost, launch.udpPort);
            const sessionId = formatSessionId(this.session.sessionId);
            this.host.tell({
                type: 'registered',
                sessionId,
                attachToken: attachToken(this.session.secret)
            });
            return launch.udpPort;
        }
        const address = this.host.localAddress ?? '0.0.0.0';
        const { first, last } = this.host.ports;
        const held = await packetIo.holdPort(address, first, last);
        this.openIo = keys => held.open(keys);
        this.toDispose.push({ dispose: () => this.isStarted || held.release() });
        return held.port;
    }

    private onClosed(channel: SessionChannel): void {
        if (channel !== this.channel) {
            return;
        }
        const maxMs = this.host.launch?.maxDetachedMs ?? MAX_DETACHED_MS;
        if (!this.isAtWork || this.isLeaving || maxMs === 0) {
            this.release();
            this.stop(channelLost());
            return;
        }
        this.channel = undefined;
        channel.control.dispose();
        this.host.tell({ type: 'detached' });
        this.detachedLimit = setTimeout(() => this.stop(channelLost()), maxMs);
    }

    /** The client has logged in again. */
    private attach(streams: ChannelStreams): void {
        if (!this.isAtWork || this.isLeaving) {
            streams.output.end();
            return;
        }
        clearTimeout(this.detachedLimit);
        // the client may have seen sooner than we that the old one is lost
        this.channel?.control.dispose();
        const channel = new SessionChannel(streams);
        this.channel = channel;
        this.listen(channel);
        const told = channel.control.sendNotification(AttachedNotification, { rate: this.rate! });
        // one that is lost at once is seen by its end
        told.catch(() => undefined);
    }

    private listen(channel: SessionChannel): void {
        const { control } = channel;
        void channel.closed
            .then(() => within(LAST_MESSAGE_MS, this.leaving))
            .then(() => this.onClosed(channel));
        const answer =
            <P, R>(handle: (params: P) => Promise<R> | R) =>
            async (params: P) => {
                try {
                    return await handle(params);
                } catch (error) {
                    return toResponseError(error);
                }
            };
        control.onRequest(
            StartRequest,
            answer(params => this.start(checkStartParams(params)))
        );
        control.onRequest(
            SetRateRequest,
            answer(rate => this.setRate(checkRate(rate)))
        );
        control.onRequest(
            StopRequest,
            answer(params => {
                this.stop(ConnectError.fromWire(params.reason));
                return {};
            })
        );
        control.onNotification(DoneNotification, message => this.onDone(message));
        control.listen();
    }

    /** Whoever sent or received here: a client that is done needs this end no longer. */
    private onDone(message: unknown): void {
        try {
            this.clientDone = checkDone(message);
        } catch (error) {
            this.stop(ConnectError.from(error));
            return;
        }
        this.stop(channelLost());
    }

    private sayHello({ control }: SessionChannel, udpPort: number): Promise<void> {
        const { launch } = this.host;
        return control.sendNotification(HelloNotification, {
            protocol: CONTROL_VERSION,
            software: SOFTWARE,
            sessionId: formatSessionId(this.session.sessionId),
            secret: Buffer.from(this.session.secret).toString('base64'),
            ciphers: CIPHERS,
            hashes: knownHashes(),
            udpPort,
            ...(launch ? { canAttach: launch.maxDetachedMs > 0 } : { isOwnPort: true }),
            caps: {
                ...launch?.rateRules,
                permissions: launch?.permissions ?? {
                    upload: true,
                    download: true,
                    delete: true,
                    owner: true
                },
                keeps: true
            },
            ...(launch?.https ? { https: launch.https } : {})
        });
    }

    private start(params: StartParams): StartResult {
        if (this.isStarted) {
            throw new ConnectError('transfer.protocol', 'The session has been started already');
        }
        checkPermission(params, this.host.launch?.permissions);
        this.isStarted = true;
        const rate = applyRules(params.rate, this.host.launch?.rateRules ?? {});
        this.rate = rate;
        const pump = this.makePump(params, rate);
        this.store = this.host.launch
            ? new ConfinedFileStore(this.host.launch.rootDir)
            : new LocalFileStore();
        const place = (path: string): string => this.place(path);
        const { options } = params;
        const parts = {
            store: this.store,
            port: pump,
            hash: requireKnown(params.hash),
            sources: (params.sources ?? []).map(source => ({ ...source, path: place(source.path) })),
            destination: place(params.destination ?? '.'),
            options: { ...options, sourceBase: options.sourceBase && place(options.sourceBase) }
        };
        const { sourceBase } = parts.options;
        const feed = params.requested
            ? this.requestedOrders({ ...parts, ...options, sourceBase })
            : undefined;
        const mayGiveAway = this.host.launch?.permissions.owner ?? true;
        this.transfer = makeTransfer(params.direction === 'download', { ...parts, feed, mayGiveAway }, {});
        // only now: the first records may be here already, and the transfer has to hear them
        this.toDispose.push(
            this.host.onDatagram(datagram => pump.inject(datagram.bytes, datagram.address, datagram.port))
        );
        const paths = params.sources?.map(source => source.path) ?? [params.destination ?? ''];
        this.host.tell({ type: 'started', direction: params.direction, paths });
        pump.start();
        this.isAtWork = true;
        void this.runTransfer(this.transfer, pump);
        return { rate };
    }

    private requestedOrders(sources: RequestedSources): RequestedOrders {
        const quiet = sources.keep?.sourceAccessTime ? sources.store.quietly?.() : undefined;
        return new RequestedOrders({ ...sources, store: quiet ?? sources.store });
    }

    private makePump(params: StartParams, rate: RateSettings): SessionPump {
        const pump = new SessionPump({
            io: this.openIo({ session: this.session, cipher: params.cipher, isServer: true }),
            connection: {
                maxPlaintextBytes: params.maxPlaintextBytes,
                overheadBytes: datagramSize(this.host.launch?.udpHost ?? '').overheadBytes,
                rate
            },
            onFailed: error => this.transfer?.stop(error)
        });
        this.pump = pump;
        return pump;
    }

    /** Paths of the client: below the root that was granted, or from the home folder of a plain login. */
    private place(path: string): string {
        const relative = withoutDot(path);
        if (this.host.launch) {
            return rootedPath(path);
        }
        return relative.startsWith('/') ? relative : `${homedir()}/${relative}`;
    }

    private setRate(rate: RateSettings): StartResult {
        const capped = applyRules(rate, this.host.launch?.rateRules ?? {});
        this.rate = capped;
        this.pump?.setRate(capped);
        return { rate: capped };
    }

    private async runTransfer(transfer: Transfer, pump: SessionPump): Promise<void> {
        let ended: EndedMessage;
        try {
            const summary = await transfer.run();
            await Promise.race([pump.drained(DRAIN_MS), this.released]);
            ended = { summary };
            this.tellEnded(summary);
        } catch (error) {
            const failure = ConnectError.from(error).toWire();
            ended = { error: failure };
            this.tellEnded(this.clientDone ?? { ...transfer.progress(), error: failure });
        }
        this.isAtWork = false;
        try {
            await this.channel?.control.sendNotification(EndedNotification, ended);
        } catch {
            // the channel is gone, so there is nobody to tell; connect-server has been told
            this.endNow();
        }
        if (!this.channel) {
            this.endNow();
        }
        const patience = setTimeout(this.endNow, HANG_UP_MS);
        await Promise.race([this.released, this.over]);
        clearTimeout(patience);
        this.endNow();
    }

    private tellEnded(
        result: Pick<TransferSummary, 'filesDone' | 'filesFailed' | 'bytesDone' | 'error'>
    ): void {
        const { filesDone, filesFailed, bytesDone, error } = result;
        this.host.tell({ type: 'ended', filesDone, filesFailed, bytesDone, ...(error ? { error } : {}) });
    }
}

function channelLost(): ConnectError {
    return new ConnectError('transfer.connection-lost', 'The SSH channel of the session was closed');
}
