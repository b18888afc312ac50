import { EventEmitter } from 'node:events';

type Handler = (...args: unknown[]) => void;

/** What the SSH library keeps to itself; looked for before it is used. */
interface Internals {
    readonly _protocol?: { readonly _handlers?: Record<string, Handler> };
}

/** A channel and its command; a client that says more before it is let in has no channel that it could be about. */
const MAX_HELD = 4;

/**
 * At the server: what a client asks for right after its login, before the answer, waits for that answer. Without this
 * the library refuses it. Nothing of it is acted upon before the client is let in; when it is not, all is forgotten, and
 * the client, which has heard so, asks anew.
 */
export class EarlyRequests {
    private readonly held: (() => void)[] = [];
    private isDeciding = false;

    /** @param connection of ssh2, before its first login */
    constructor(connection: EventEmitter) {
        const handlers = (connection as unknown as Internals)._protocol?._handlers;
        if (handlers) {
            this.intercept(handlers, 'CHANNEL_OPEN', ([, info]) => isSession(info));
            this.intercept(handlers, 'CHANNEL_REQUEST', ([, , type]) => type === 'exec');
        }
    }

    /** From here on a login is being decided about. */
    hold(): void {
        this.isDeciding = true;
    }

    /** The answer has been sent, and was yes. */
    release(): void {
        this.isDeciding = false;
        this.held.splice(0).forEach(handle => handle());
    }

    /** The answer is no. */
    drop(): void {
        this.isDeciding = false;
        this.held.length = 0;
    }

    private intercept(
        handlers: Record<string, Handler>,
        name: string,
        mayWait: (args: readonly unknown[]) => boolean
    ): void {
        const handle = handlers[name];
        if (!handle) {
            return;
        }
        handlers[name] = (...args) => {
            if (this.isDeciding && this.held.length < MAX_HELD && mayWait(args)) {
                this.held.push(() => handle(...args));
            } else {
                handle(...args);
            }
        };
    }
}

function isSession(info: unknown): boolean {
    return typeof info === 'object' && info !== null && (info as { type?: unknown }).type === 'session';
}
