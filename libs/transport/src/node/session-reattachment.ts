import type { Socket } from 'node:net';
import { ConnectError } from '@connect/base';
import { MessageConnection } from 'vscode-jsonrpc/node';
import { controlConnection } from '../control/control-connection';
import {
    ATTACH_COMMAND,
    AttachedMessage,
    AttachedNotification,
    EndedMessage,
    EndedNotification
} from '../control/control-protocol';
import { SkipBanner } from '../control/skip-banner';
import type { SessionClientOptions } from './session-client';
import { loginOf } from './session-socket';
import { SessionStages } from './session-stages';
import { connectAndRun, SshClient } from './ssh-channel';

const FIRST_WAIT_MS = 500;
const MAX_WAIT_MS = 30_000;
/** With nothing heard for so long over UDP either, a host that refuses is gone, and the session with it. */
const GONE_AFTER_MS = 3000;
const ATTACH_WITHIN_MS = 20_000;

/** What a session hears of its new connection. */
export interface ReattachmentEvents {
    /** The session has a connection again. */
    onAttached(control: MessageConnection, answer: AttachedMessage): void;
    onEnded(message: EndedMessage): void;
    /** The connection is lost once more. */
    onLost(): void;
    /** The far end is no more. */
    onGone(): void;
    /** How long nothing has come over UDP. */
    silentMs(): number;
    onLog(line: string): void;
}

/** One login that is to take the place of one that was lost. */
interface Attempt {
    readonly client: SshClient;
    readonly socket: Socket;
    readonly control: MessageConnection;
}

/** Gives a session, whose SSH connection was lost and whose datagrams still come, another one, in the background. */
export class SessionReattachment {
    private timer: NodeJS.Timeout | undefined;
    private waitMs = FIRST_WAIT_MS;
    private current: Attempt | undefined;
    private socket: Socket | undefined;
    private isOver = false;

    /** @param token undefined where the far end takes no other connection: then it is only watched */
    constructor(
        private readonly options: SessionClientOptions,
        private readonly token: string | undefined,
        private readonly events: ReattachmentEvents
    ) {}

    /** To be called whenever the connection is lost. */
    begin(): void {
        this.drop();
        if (this.token !== undefined && !this.isOver) {
            this.waitMs = FIRST_WAIT_MS;
            this.tryLater();
        }
    }

    /** Hangs up, and tries no more. */
    close(): void {
        this.isOver = true;
        clearTimeout(this.timer);
        this.drop();
    }

    private drop(): void {
        this.current?.control.dispose();
        this.current?.client.end();
        this.current = undefined;
        this.socket?.destroySoon();
        this.socket = undefined;
    }

    /** Many sessions may have lost the same host: they do not come back all at once. */
    private tryLater(): void {
        const delayMs = this.waitMs * (0.75 + Math.random() / 2);
        this.waitMs = Math.min(MAX_WAIT_MS, this.waitMs * 2);
        this.timer = setTimeout(() => void this.tryNow(), delayMs);
    }

    private async tryNow(): Promise<void> {
        try {
            await this.attach();
        } catch (error) {
            const failure = ConnectError.from(error);
            this.drop();
            if (this.isOver) {
                return;
            }
            if (isFinal(failure)) {
                // one more attempt would be one more failed login
                this.events.onLog(`The transfer goes on without its SSH connection: ${failure.message}`);
            } else if (isRefusal(failure) && this.events.silentMs() >= GONE_AFTER_MS) {
                this.events.onGone();
            } else {
                this.tryLater();
            }
        }
    }

    private async attach(): Promise<void> {
        const login = await loginOf(
            { ...this.options, early: undefined },
            new SessionStages(() => undefined)
        );
        this.socket = login.socket;
        const { client, command } = await connectAndRun(login, `${ATTACH_COMMAND}${this.token}`);
        client.once('close', () => this.isCurrent(client) && this.events.onLost());
        const channel = await command;
        const control = controlConnection(channel.pipe(new SkipBanner()), channel);
        const attempt = { client, socket: login.socket, control };
        const answer = await new Promise<AttachedMessage>((resolve, reject) => {
            const closed = (): void => {
                const isThere = !login.socket.destroyed;
                const code = isThere ? 'transfer.peer-aborted' : 'transfer.connection-lost';
                reject(new ConnectError(code, 'The server does not take the session up again'));
                if (this.current === attempt && isThere && !this.isOver) {
                    this.events.onGone();
                }
            };
            const timer = setTimeout(closed, ATTACH_WITHIN_MS);
            control.onNotification(AttachedNotification, message => {
                clearTimeout(timer);
                resolve(message);
            });
            control.onNotification(EndedNotification, message => this.events.onEnded(message));
            // the end of the channel tells
            control.onError(() => undefined);
            channel.once('close', () => {
                clearTimeout(timer);
                closed();
            });
            control.listen();
        });
        if (this.isOver) {
            control.dispose();
            client.end();
            return;
        }
        this.current = attempt;
        this.events.onLog('The session has an SSH connection again');
        this.events.onAttached(control, answer);
    }

    private isCurrent(client: SshClient): boolean {
        return this.current?.client === client && !this.isOver;
    }
}

function isFinal(error: ConnectError): boolean {
    return (
        ConnectError.is(error, 'transfer.authentication-failed') ||
        ConnectError.is(error, 'transfer.host-key-mismatch') ||
        ConnectError.is(error, 'transfer.host-key-unknown')
    );
}

/** The host is there and has no server, or no such session. */
function isRefusal(error: ConnectError): boolean {
    return (
        ConnectError.is(error, 'transfer.connect-refused') || ConnectError.is(error, 'transfer.peer-aborted')
    );
}
