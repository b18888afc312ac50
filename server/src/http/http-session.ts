import { randomBytes, timingSafeEqual } from 'crypto';
import { IncomingMessage, ServerResponse } from 'http';
import { ConnectError } from '@connect/base';
import { EndedMessage, TransferParams } from '@connect/transport/lib/control/control-protocol';
import { applyRules } from '@connect/transport/lib/control/rate-rules';
import { dataPath, SessionOpened } from '@connect/transport/lib/http/http-api';
import { HttpStreamPort } from '@connect/transport/lib/http/http-stream-port';
import { linkLost, linkSocket } from '@connect/transport/lib/http/session-link';
import { ConfinedFileStore } from '@connect/transport/lib/node/confined-file-store';
import { rootedPath } from '@connect/transport/lib/node/rooted-path';
import { checkPermission } from '@connect/transport/lib/control/transfer-permission';
import { knownHashes } from '@connect/transport/lib/node/content-hash';
import { makeTransfer, Transfer } from '@connect/transport/lib/node/session-transfer';
import { chooseHash, HashAlgorithm } from '@connect/transport/lib/proto/hash-algorithm';
import { RateSettings } from '@connect/transport/lib/proto/rate-controller';
import { Server as TusServer } from '@tus/server';
import { WebSocket } from 'ws';
import { Log } from '../log';
import { SessionGrant } from './https-messages';
import { answerRange } from './range-answer';
import { RunStore } from './tus-runs';

/** A session that its client does not hold for so long is over. */
const LINK_PATIENCE_MS = 60_000;
/** From the end of the transfer: how long the last words may take to reach the client. */
const HANG_UP_MS = 10_000;
/** A request that is continued by another one may take so long to finish what it had received. */
const LOCK_DRAIN_MS = 500;
const KEY_BYTES = 32;

/** The server's end of one transfer over HTTPS, from the login until its files are in order. */
export class HttpSession {
    readonly opened: SessionOpened;
    private readonly key: Buffer;
    private readonly port: HttpStreamPort;
    private readonly store: ConfinedFileStore;
    private readonly transfer: Transfer;
    private readonly tus: TusServer;
    private link: WebSocket | undefined;
    private patience: NodeJS.Timeout | undefined;
    private runs = 0;
    /** Resolves when the transfer has ended and its files are in order; never rejects. */
    readonly settled: Promise<void>;
    private forget!: () => void;
    /** Resolves when nobody needs this session any more. */
    readonly over = new Promise<void>(resolve => (this.forget = resolve));

    /** @throws ConnectError as {@link checkPermission} */
    constructor(
        private readonly grant: SessionGrant,
        private readonly params: TransferParams,
        software: string,
        private readonly log: Log
    ) {
        checkPermission(params, grant.permissions);
        const key = randomBytes(KEY_BYTES);
        this.key = Buffer.from(key.toString('base64url'));
        const rate = applyRules(params.rate, grant.rateRules);
        const hash = chooseHash(params.hashes ?? [], knownHashes());
        this.opened = {
            sessionId: randomBytes(8).toString('hex'),
            key: this.key.toString(),
            software,
            rate,
            rules: grant.rateRules,
            keeps: true,
            hash
        };
        const isSender = params.direction === 'download';
        this.port = new HttpStreamPort({
            offersData: isSender,
            rate,
            onFailed: error => this.transfer.stop(error)
        });
        this.store = new ConfinedFileStore(grant.rootDir);
        this.transfer = this.makeTransfer(isSender, hash);
        this.tus = new TusServer({
            path: dataPath(this.opened.sessionId),
            datastore: new RunStore(this.port),
            relativeLocation: true,
            allowedOrigins: [],
            lockDrainTimeout: LOCK_DRAIN_MS,
            namingFunction: () => `run-${this.runs++}`
        });
        this.settled = this.run();
        this.waitForLink();
    }

    /** Whether this is the key of the session. */
    isKey(key: string): boolean {
        const given = Buffer.from(key);
        return given.length === this.key.length && timingSafeEqual(given, this.key);
    }

    /** A WebSocket of the client takes over from the one before. */
    attach(socket: WebSocket): void {
        clearTimeout(this.patience);
        const previous = this.link;
        this.link = socket;
        previous?.terminate();
        linkSocket(socket, this.port, () => {
            if (this.link === socket) {
                this.link = undefined;
                this.port.log.detach();
                this.waitForLink();
            }
        });
    }

    async onData(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const isSender = this.params.direction === 'download';
        if (this.port.isEnded) {
            response.writeHead(410).end();
        } else if (isSender && request.method === 'GET') {
            await answerRange(this.port, request, response);
        } else if (!isSender && ['POST', 'HEAD', 'PATCH'].includes(request.method ?? '')) {
            await this.tus.handle(request, response);
        } else {
            response.writeHead(405).end();
        }
    }

    /** @returns the rate within the rules */
    setRate(asked: RateSettings): RateSettings {
        const rate = applyRules(asked, this.grant.rateRules);
        this.port.setRate(rate);
        return rate;
    }

    /** Ends the transfer as soon as its files are in order; resolves then. The client hears nothing any more. */
    async stop(reason: ConnectError): Promise<void> {
        this.transfer.stop(reason);
        await this.settled;
        this.forget();
    }

    /** For an end of its own: the client is told. */
    abort(reason: ConnectError): void {
        this.transfer.stop(reason);
    }

    private makeTransfer(isSender: boolean, hash: HashAlgorithm): Transfer {
        const { options, sources = [], destination = '.' } = this.params;
        return makeTransfer(
            isSender,
            {
                store: this.store,
                mayGiveAway: this.grant.permissions.owner,
                port: this.port,
                hash,
                sources: sources.map(source => ({ ...source, path: rootedPath(source.path) })),
                destination: rootedPath(destination),
                options: { ...options, sourceBase: options.sourceBase && rootedPath(options.sourceBase) }
            },
            {}
        );
    }

    private waitForLink(): void {
        clearTimeout(this.patience);
        this.patience = setTimeout(() => this.abort(linkLost('its client is gone')), LINK_PATIENCE_MS);
    }

    private async run(): Promise<void> {
        const { user } = this.grant;
        const { direction, sources, destination } = this.params;
        const paths = sources?.map(source => source.path) ?? [destination ?? ''];
        this.log('transfer-started', { user, direction, paths: paths.slice(0, 8).join(' '), by: 'https' });
        // the caller has the object before anything happens
        await new Promise(resolve => setImmediate(resolve));
        let ended: EndedMessage;
        try {
            const summary = await this.transfer.run();
            ended = { summary };
            const { filesDone, filesFailed, bytesDone, error } = summary;
            this.log('transfer-ended', { user, filesDone, filesFailed, bytesDone, error: error?.code });
        } catch (error) {
            const failure = ConnectError.from(error);
            ended = { error: failure.toWire() };
            const { filesDone, filesFailed, bytesDone } = this.transfer.progress();
            this.log('transfer-ended', { user, filesDone, filesFailed, bytesDone, error: failure.code });
        }
        this.port.sayEnded(JSON.stringify(ended));
        void this.hangUp();
    }

    private async hangUp(): Promise<void> {
        const patience = setTimeout(() => this.forget(), HANG_UP_MS);
        await this.over;
        clearTimeout(patience);
        clearTimeout(this.patience);
        this.port.end(new ConnectError('cancelled', 'The session is over'));
        this.link?.terminate();
        await this.store.dispose();
    }
}
