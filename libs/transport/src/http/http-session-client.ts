import { ConnectError } from '@connect/base';
import { CONTROL_VERSION, EndedMessage } from '../control/control-protocol';
import { applyRules, checkRules } from '../control/rate-rules';
import { checkHash, checkRate } from '../control/start-params';
import { hashesFor, requireKnown } from '../node/content-hash';
import { ClientTransfer } from '../node/client-transfer';
import { SessionClientEvents } from '../node/session-client';
import { makeTransfer, Transfer } from '../node/session-transfer';
import { StageTeller } from '../node/stage-teller';
import { within } from '../node/within';
import { FileProgress, NOTHING_YET, TransferSummary } from '../node/transfer-types';
import { RateSettings } from '../proto/rate-controller';
import { ConnectionStats } from '../proto/types';
import { requireKeeping } from '../control/transfer-permission';
import { SOFTWARE } from '../software';
import { ClientLink } from './client-link';
import { DataLanes } from './data-lanes';
import { downloadRuns } from './download-runs';
import { basic, bearer, dataPath, errorInBody, linkPath, ratePath, sessionPath } from './http-api';
import { SESSIONS_PATH, SessionOpened } from './http-api';
import { HttpStreamPort } from './http-stream-port';
import { HttpsAnswer, HttpsEndpoint, HttpsPlace } from './https-endpoint';
import { uploadRuns } from './upload-runs';

/** How long the server may take to say that it has finished, too, and to put its files in order. */
const LAST_WORD_MS = 10_000;
/** How long it may take to remove what it sent: as long as its files allow, but a server that is gone is not waited for. */
const REMOVAL_MS = 60_000;

/** Who logs in over HTTPS. A token is preferred to a password. */
export interface HttpsLogin {
    readonly user: string;
    readonly password?: string;
    readonly token?: string;
}

/** One transfer over HTTPS, seen from the client. */
export interface HttpSessionOptions extends ClientTransfer {
    readonly place: HttpsPlace;
    readonly login: HttpsLogin;
    /** Files that an earlier session of the same run has brought. */
    readonly isDone?: (path: string) => boolean;
}

/**
 * The client's end of one session over HTTPS: logs in, moves the files, and hangs up. Everything about files is as over
 * UDP, so either continues what the other began. Used once.
 */
export class HttpSessionClient {
    private readonly endpoint: HttpsEndpoint;
    private readonly port: HttpStreamPort;
    private rate: RateSettings;
    private session: SessionOpened | undefined;
    private link: ClientLink | undefined;
    private lanes: DataLanes | undefined;
    private transfer: Transfer | undefined;
    private stopped: ConnectError | undefined;
    private settleLastWord!: (message: EndedMessage) => void;
    private readonly lastWord = new Promise<EndedMessage>(resolve => (this.settleLastWord = resolve));

    constructor(
        private readonly options: HttpSessionOptions,
        private readonly events: SessionClientEvents = {}
    ) {
        this.rate = options.rate;
        this.endpoint = new HttpsEndpoint(options.place);
        this.port = new HttpStreamPort({
            offersData: false,
            rate: options.rate,
            onFailed: error => this.transfer?.stop(error),
            onEnded: json => this.settleLastWord(readEnded(json))
        });
    }

    /**
     * Resolves when everything that can be is at its place; the summary says what failed. Rejects with what ended the
     * session: `transfer.host-key-mismatch`, `transfer.authentication-failed`, `transfer.connection-lost` and others of
     * a connection, what the server says, or the error given to {@link stop}.
     */
    async run(): Promise<TransferSummary> {
        try {
            const session = await this.tellOpening(this.open());
            return await this.move(session);
        } catch (error) {
            throw this.stopped ?? ConnectError.from(error, 'transfer.connection-lost');
        } finally {
            await this.hangUp();
        }
    }

    /** Ends soon; what resuming needs is kept at both ends. Idempotent. */
    stop(reason: ConnectError): void {
        this.stopped ??= reason;
        this.transfer?.stop(reason);
    }

    /** Takes effect at once where this end sends, else within a round trip; as far as the server's rules allow. */
    setRate(asked: RateSettings): void {
        const rate = applyRules(asked, this.session?.rules ?? {});
        this.rate = rate;
        this.port.setRate(rate);
        void this.tellRate(rate);
    }

    get rateSettings(): RateSettings {
        return this.rate;
    }

    progress(): FileProgress {
        return this.transfer?.progress() ?? NOTHING_YET;
    }

    stats(): ConnectionStats {
        return this.port.stats();
    }

    private async tellOpening(opening: Promise<SessionOpened>): Promise<SessionOpened> {
        const { host, port, proxy } = this.options.place;
        const teller = new StageTeller(report => this.events.onStage?.(report));
        const facts = { address: host, port, ...(proxy ? { proxy: proxy.host } : {}) };
        try {
            const session = await opening;
            teller.passed('https', { ...facts, software: session.software });
            return session;
        } catch (error) {
            const failure = ConnectError.from(error, 'transfer.connection-lost');
            teller.failed('https', failure, facts);
            throw failure;
        }
    }

    private async open(): Promise<SessionOpened> {
        const { direction, sources, destination, options, login, place } = this.options;
        const params = {
            protocol: CONTROL_VERSION,
            software: SOFTWARE,
            direction,
            ...(direction === 'upload' ? { destination } : { sources }),
            options,
            hashes: hashesFor(this.options.hash),
            rate: this.rate
        };
        const headers = { authorization: authorization(login), 'content-type': 'application/json' };
        const answer = await this.endpoint.ask('POST', SESSIONS_PATH, headers, JSON.stringify(params));
        if (answer.status !== 201) {
            throw refusal(answer, place, login.user);
        }
        const session = readOpened(answer.body);
        this.session = session;
        requireKeeping(options.keep, session.keeps);
        this.rate = session.rate;
        this.port.setRate(session.rate);
        return session;
    }

    private async move(session: SessionOpened): Promise<TransferSummary> {
        if (this.stopped) {
            throw this.stopped;
        }
        const { direction, store, sources, destination, options, place, isDone } = this.options;
        const { port, endpoint } = this;
        const isUpload = direction === 'upload';
        const hash = requireKnown(session.hash);
        const transfer = makeTransfer(
            isUpload,
            { store, port, sources, destination, options, hash, isDone },
            this.events
        );
        this.transfer = transfer;
        const key = bearer(session.key);
        const fail = (error: ConnectError): void => transfer.stop(error);
        this.link = new ClientLink(port, endpoint, linkPath(session.sessionId), key, fail);
        const carry = (isUpload ? uploadRuns : downloadRuns)(
            port,
            endpoint,
            dataPath(session.sessionId),
            key
        );
        this.lanes = new DataLanes(port, carry, fail);
        void this.lastWord.then(message => message.error && fail(ConnectError.fromWire(message.error)));
        this.events.onStarted?.({
            sessionId: session.sessionId,
            serverSoftware: session.software,
            serverAddress: place.host,
            udpPort: 0,
            https: { port: place.port, ...(place.proxy ? { proxy: place.proxy.host } : {}) },
            rate: this.rate,
            rules: session.rules,
            hash
        });
        const summary = await transfer.run();
        // the server still has to know that this end knows, and may have sources to remove
        const isRemoving = !isUpload && options.removal !== undefined;
        const last = await within(isRemoving ? REMOVAL_MS : LAST_WORD_MS, this.lastWord);
        const error = summary.error ?? (isRemoving ? (last?.error ?? last?.summary?.error) : undefined);
        return error ? { ...summary, error } : summary;
    }

    private async tellRate(rate: RateSettings): Promise<void> {
        if (!this.session) {
            return;
        }
        try {
            const { sessionId, key } = this.session;
            const headers = { authorization: bearer(key), 'content-type': 'application/json' };
            const answer = await this.endpoint.ask('PUT', ratePath(sessionId), headers, JSON.stringify(rate));
            if (answer.status === 200) {
                this.rate = checkRate(JSON.parse(answer.body));
                this.port.setRate(this.rate);
                this.events.onRate?.(this.rate);
            }
        } catch (error) {
            this.events.onLog?.(`the server was not told the rate: ${ConnectError.from(error).message}`);
        }
    }

    /** Tells the server, which answers when its files are in order, so that another session may go on with them. */
    private async hangUp(): Promise<void> {
        const { session } = this;
        this.lanes?.stop();
        this.link?.close();
        const reason = this.stopped ?? new ConnectError('cancelled', 'The session is over');
        this.port.end(reason);
        if (session) {
            const headers = { authorization: bearer(session.key), 'content-type': 'application/json' };
            const body = JSON.stringify(reason.toWire());
            const told = this.endpoint.ask('DELETE', sessionPath(session.sessionId), headers, body);
            await within(
                LAST_WORD_MS,
                told.then(
                    () => undefined,
                    error => this.events.onLog?.(`hanging up: ${ConnectError.from(error).message}`)
                )
            );
        }
        this.endpoint.close();
    }
}

function authorization({ user, password, token }: HttpsLogin): string {
    if (token !== undefined) {
        return bearer(token);
    }
    if (password !== undefined) {
        return basic(user, password);
    }
    throw new ConnectError('transfer.authentication-failed', `HTTPS needs a password or a token of ${user}`, {
        user
    });
}

function refusal({ status, body }: HttpsAnswer, { host, port }: HttpsPlace, user: string): ConnectError {
    const said = errorInBody(body);
    if (said) {
        return said;
    }
    const data = { host, port, user, status };
    if (status === 401 || status === 429) {
        const why = status === 429 ? ' for now: too many logins failed' : '';
        const message = `${host} does not accept this login of user ${user}${why}`;
        return new ConnectError('transfer.authentication-failed', message, data);
    }
    const code = status >= 500 ? 'transfer.connection-lost' : 'transfer.protocol';
    return new ConnectError(code, `${host} port ${port} does not begin a session: status ${status}`, data);
}

function readOpened(body: string): SessionOpened {
    const value = parse(body);
    const { sessionId, key, software } = value;
    const isWhole =
        typeof sessionId === 'string' &&
        /^[0-9a-f]{16}$/.test(sessionId) &&
        typeof key === 'string' &&
        /^[\w-]{43}$/.test(key);
    if (!isWhole) {
        throw new ConnectError('transfer.protocol', 'The server does not say which session it began');
    }
    return {
        sessionId,
        key,
        software: String(software),
        rate: checkRate(value['rate']),
        rules: checkRules(value['rules']),
        hash: checkHash(value['hash']),
        keeps: value['keeps'] === true
    };
}

function readEnded(json: string): EndedMessage {
    return parse(json) as EndedMessage;
}

function parse(text: string): Readonly<Record<string, unknown>> {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        throw new ConnectError('transfer.protocol', 'The server answers something else than JSON', {}, error);
    }
    if (typeof value !== 'object' || value === null) {
        throw new ConnectError('transfer.protocol', 'The server answers no object');
    }
    return value as Readonly<Record<string, unknown>>;
}
