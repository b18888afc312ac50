import { EventEmitter } from 'node:events';
import { Socket } from 'node:net';

/** A private key as the SSH library has parsed it. */
interface SigningKey {
    isPrivateKey?(): boolean;
    sign(data: Buffer, hash?: string): Buffer | Error;
}

type Sign = (data: Buffer, done: (signature: Buffer) => void) => void;
type AuthenticateByPassword = (user: string, password: string, newPassword?: string) => void;
type AuthenticateByKey = (user: string, key: SigningKey, algorithm: string | undefined, sign?: Sign) => void;

type OpenSession = (channel: number, window: number, packetBytes: number) => void;
type Execute = (channel: number, command: string, wantReply: boolean) => void;
type Handler = (protocol: unknown, ...args: unknown[]) => void;

/** What the SSH library keeps to itself. Everything is looked for before it is used: without it, login only takes longer. */
interface Internals {
    /** Name the host gives to its software. */
    readonly _remoteVer?: string;
    /** `_cur`: number of the last channel opened here, from 0 on. */
    readonly _chanMgr?: { readonly _cur?: number };
    readonly _protocol?: {
        authPK?: AuthenticateByKey;
        authPassword?: AuthenticateByPassword;
        session?: OpenSession;
        exec?: Execute;
        readonly _handlers?: Record<string, Handler>;
    };
}

/**
 * Software that connect-server calls itself in its SSH version. The number says what it lets a client do: give its first
 * command together with the request for the channel, and both together with the login.
 */
export const SERVER_IDENT = 'connect-server_2';

const FIRST_CHANNEL = 0;
/** What the library says of itself when it opens a channel. */
const CHANNEL_WINDOW_BYTES = 2 * 1024 * 1024;
const CHANNEL_PACKET_BYTES = 32 * 1024;

/** Clients whose first channel and its command went out with the login. */
const haveCommanded = new WeakSet<EventEmitter>();

/** Hash that a key algorithm signs, where the key has several. */
const HASHES: Readonly<Record<string, string>> = { 'rsa-sha2-256': 'sha256', 'rsa-sha2-512': 'sha512' };

/**
 * Saves round trips of a login, by saying at once what the library says only after it has asked: the first
 * authentication follows the request for its service, whose answer can only be yes (RFC 4253 §10 wants the answer
 * awaited only after a key exchange without a signature of the host), and a key is used without asking whether it would
 * do (RFC 4252 §7).
 * @param client of ssh2, after `connect`
 * @param firstCommand what {@link hastenCommand} will be called with before anything else is asked of the client, and
 * in the very moment it is ready: our own server is told with the login, and begins with it when it lets the client in
 */
export function shortenLogin(client: EventEmitter, firstCommand?: string): void {
    const protocol = (client as unknown as Internals)._protocol;
    const handlers = protocol?._handlers;
    const accepted = handlers?.['SERVICE_ACCEPT'];
    if (handlers && accepted) {
        client.once('handshake', () => {
            handlers['SERVICE_ACCEPT'] = () => undefined;
            // the library asks for the service right after this event
            process.nextTick(() => {
                try {
                    accepted(protocol, 'ssh-userauth');
                } catch (error) {
                    client.emit('error', error as Error);
                }
            });
        });
    }
    const onAsked = firstCommand === undefined ? () => undefined : commandOnce(client, firstCommand);
    const { authPK: byKey, authPassword: byPassword } = protocol ?? {};
    if (protocol && byKey) {
        protocol.authPK = (user, key, algorithm, sign) => {
            const ask = (how?: Sign): void => byKey.call(protocol, user, key, algorithm, how);
            ask(sign ?? signWith(key, algorithm, ask, onAsked));
        };
    }
    if (protocol && byPassword) {
        protocol.authPassword = (...login) => {
            byPassword.apply(protocol, login);
            onAsked();
        };
    }
}

/** Says channel and command after the first request to be let in; when that fails, the library says them as always. */
function commandOnce(client: EventEmitter, command: string): () => void {
    const { _protocol: protocol } = client as unknown as Internals;
    let isFirst = true;
    return () => {
        const { _remoteVer: software } = client as unknown as Internals;
        const { session, exec, _handlers: handlers } = protocol ?? {};
        const failed = handlers?.['USERAUTH_FAILURE'];
        const mayBegin = isFirst && software === SERVER_IDENT;
        isFirst = false;
        if (!mayBegin || !protocol || !session || !exec || !handlers || !failed) {
            return;
        }
        session.call(protocol, FIRST_CHANNEL, CHANNEL_WINDOW_BYTES, CHANNEL_PACKET_BYTES);
        exec.call(protocol, FIRST_CHANNEL, command, true);
        haveCommanded.add(client);
        const asAlways = (): void => {
            protocol.session = session;
            handlers['USERAUTH_FAILURE'] = failed;
        };
        protocol.session = (channel, ...rest) => {
            asAlways();
            if (channel !== FIRST_CHANNEL) {
                session.call(protocol, channel, ...rest);
            }
        };
        handlers['USERAUTH_FAILURE'] = (...args) => {
            asAlways();
            haveCommanded.delete(client);
            failed(...args);
        };
    };
}

/**
 * Sends the command of the first channel of a connection together with the request for the channel, before the host has
 * said which number it gives to it. Only to our own server, of which is known that its first is 0, and that it lets a
 * request for another pass: then the library sends the command once more, as it does by itself.
 * @param client of ssh2, right after `exec`
 */
export function hastenCommand(client: EventEmitter, command: string): void {
    const { _remoteVer: software, _chanMgr: channels, _protocol: protocol } = client as unknown as Internals;
    const execute = protocol?.exec;
    if (!protocol || !execute || software !== SERVER_IDENT || channels?._cur !== FIRST_CHANNEL) {
        return;
    }
    if (!haveCommanded.has(client)) {
        execute.call(protocol, FIRST_CHANNEL, command, true);
    }
    protocol.exec = (channel, ...rest) => {
        protocol.exec = execute;
        if (channel !== FIRST_CHANNEL) {
            execute.call(protocol, channel, ...rest);
        }
    };
}

/** A key that cannot sign goes the library's own way, which tells why. */
function signWith(
    key: SigningKey,
    algorithm: string | undefined,
    otherwise: () => void,
    onSigned: () => void
): Sign | undefined {
    if (!key.isPrivateKey?.()) {
        return undefined;
    }
    const hash = algorithm === undefined ? undefined : HASHES[algorithm];
    return (data, done) => {
        const signature = key.sign(data, hash);
        if (signature instanceof Error) {
            otherwise();
        } else {
            done(signature);
            onSigned();
        }
    };
}

/**
 * Sends what is written in one turn of the event loop as one segment: the SSH library writes each packet in three
 * pieces, and one lost segment in three costs more than one in one. Nothing waits for an acknowledgement.
 */
export function coalesceWrites(socket: Socket): void {
    let isHolding = false;
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    const hold = (...args: unknown[]): boolean => {
        if (!isHolding) {
            isHolding = true;
            socket.cork();
            setImmediate(() => {
                isHolding = false;
                socket.uncork();
            });
        }
        return write(...args);
    };
    socket.write = hold as Socket['write'];
    socket.setNoDelay(true);
}
