import { homedir } from 'node:os';
import { Readable, Writable } from 'node:stream';
import { ConnectError, Disposable } from '@connect/base';
import { MessageConnection } from 'vscode-jsonrpc/node';
import { controlConnection, toResponseError } from '../control/control-connection';
import {
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
import { RequestedOrders } from './multi/requested-orders';
import { PacketIo, PacketKeys } from './packet-io';
import { choosePacketIo } from './packet-io-choice';
import { rootedPath, withoutDot } from './rooted-path';
import { formatSessionId, newSessionSecret } from './packet-sealer';
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

/** What a session stands on. */
export interface SessionHost {
    readonly input: Readable;
    readonly output: Writable;
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
}

/** The server's end of one session: from `hello` until its channel is gone. It never outlives its channel. */
export class SessionServer {
    private readonly session = newSessionSecret();
    private readonly control: MessageConnection;
    private readonly toDispose: Disposable[] = [];
    private readonly channelClosed: Promise<void>;
    private pump: SessionPump | undefined;
    private transfer: Transfer | undefined;
    private openIo!: (keys: PacketKeys) => PacketIo;
    private store: FileStore | undefined;
    private isStarted = false;
    private clientDone: DoneMessage | undefined;
    private endNow!: () => void;
    /** Resolves when there is nothing left to do. */
    private readonly over = new Promise<void>(resolve => (this.endNow = resolve));

    constructor(private readonly host: SessionHost) {
        this.control = controlConnection(host.input, host.output);
        this.channelClosed = new Promise(resolve => {
            host.input.once('end', resolve);
            host.input.once('close', resolve);
            host.output.once('error', () => resolve());
            this.control.onClose(() => resolve());
            this.control.onError(() => resolve());
        });
    }

    /** Resolves when the session is over, however it ended. */
    async run(): Promise<void> {
        const late = setTimeout(() => this.isStarted || this.endNow(), START_WITHIN_MS);
        try {
            const udpPort = await this.openPort();
            this.listen();
            await this.sayHello(udpPort);
            void this.channelClosed.then(() => setTimeout(() => this.stop(channelLost()), LAST_MESSAGE_MS));
            await this.over;
        } finally {
            clearTimeout(late);
            this.toDispose.forEach(item => item.dispose());
            this.pump?.end(channelLost());
            this.control.dispose();
            await this.store?.dispose();
        }
    }

    /** Ends the transfer as soon as its files are in order. Without a transfer the session ends at once. */
    stop(reason: ConnectError): void {
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
            this.host.tell({ type: 'registered', sessionId: formatSessionId(this.session.sessionId) });
            return launch.udpPort;
        }
        const address = this.host.localAddress ?? '0.0.0.0';
        const { first, last } = this.host.ports;
        const held = await packetIo.holdPort(address, first, last);
        this.openIo = keys => held.open(keys);
        this.toDispose.push({ dispose: () => this.isStarted || held.release() });
        return held.port;
    }

    private listen(): void {
        const answer =
            <P, R>(handle: (params: P) => Promise<R> | R) =>
            async (params: P) => {
                try {
                    return await handle(params);
                } catch (error) {
                    return toResponseError(error);
                }
            };
        this.control.onRequest(
            StartRequest,
            answer(params => this.start(checkStartParams(params)))
        );
        this.control.onRequest(
            SetRateRequest,
            answer(rate => this.setRate(checkRate(rate)))
        );
        this.control.onRequest(
            StopRequest,
            answer(params => {
                this.stop(ConnectError.fromWire(params.reason));
                return {};
            })
        );
        this.control.onNotification(DoneNotification, message => this.onDone(message));
        this.control.listen();
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

    private sayHello(udpPort: number): Promise<void> {
        const { launch } = this.host;
        return this.control.sendNotification(HelloNotification, {
            protocol: CONTROL_VERSION,
            software: SOFTWARE,
            sessionId: formatSessionId(this.session.sessionId),
            secret: Buffer.from(this.session.secret).toString('base64'),
            ciphers: CIPHERS,
            hashes: knownHashes(),
            udpPort,
            ...(launch ? {} : { isOwnPort: true }),
            caps: {
                ...launch?.rateRules,
                permissions: launch?.permissions ?? { upload: true, download: true, delete: true }
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
        const feed = params.requested ? new RequestedOrders({ ...parts, ...options, sourceBase }) : undefined;
        this.transfer = makeTransfer(params.direction === 'download', { ...parts, feed }, {});
        // only now: the first records may be here already, and the transfer has to hear them
        this.toDispose.push(
            this.host.onDatagram(datagram => pump.inject(datagram.bytes, datagram.address, datagram.port))
        );
        const paths = params.sources?.map(source => source.path) ?? [params.destination ?? ''];
        this.host.tell({ type: 'started', direction: params.direction, paths });
        pump.start();
        void this.runTransfer(this.transfer, pump);
        return { rate };
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
        this.pump?.setRate(capped);
        return { rate: capped };
    }

    private async runTransfer(transfer: Transfer, pump: SessionPump): Promise<void> {
        let ended: EndedMessage;
        try {
            const summary = await transfer.run();
            await Promise.race([pump.drained(DRAIN_MS), this.channelClosed]);
            ended = { summary };
            this.tellEnded(summary);
        } catch (error) {
            const failure = ConnectError.from(error).toWire();
            ended = { error: failure };
            this.tellEnded(this.clientDone ?? { ...transfer.progress(), error: failure });
        }
        try {
            await this.control.sendNotification(EndedNotification, ended);
        } catch {
            // the channel is gone, so there is nobody to tell; connect-server has been told
            this.endNow();
        }
        const patience = setTimeout(this.endNow, HANG_UP_MS);
        await Promise.race([this.channelClosed, this.over]);
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
