import { ConnectError } from '@connect/base';
import { MessageConnection } from 'vscode-jsonrpc/node';
import { controlConnection, fromResponseError } from '../control/control-connection';
import {
    EndedMessage,
    EndedNotification,
    HelloMessage,
    HelloNotification
} from '../control/control-protocol';
import { SkipBanner } from '../control/skip-banner';
import { channelEnd, lastError } from './session-endings';
import type { SshCommand } from './ssh-channel';

/** Characters of what a server says for people. */
const MAX_SAID = 2000;

/** What a dialogue has to know of the session it belongs to. */
export interface DialogueContext {
    /** How long the server may take to say hello. */
    readonly withinMs: number;
    /** Whether the SSH connection is there still. */
    readonly hasConnection: () => boolean;
    /** The channel is gone, with its connection. False when that is the end of the session. */
    readonly onLost: () => boolean;
}

/**
 * What client and server of a session say to each other over SSH, from the server's hello to its last word. It may pause
 * while the connection is lost.
 */
export class ServerDialogue {
    /** Undefined while the connection is lost. */
    private control: MessageConnection | undefined;
    private channel: SshCommand | undefined;
    private ended = false;
    private settle!: { resolve(message: EndedMessage): void; reject(error: ConnectError): void };
    /** Rejects when the session cannot go on; resolves with the server's last word. */
    readonly lastWord = new Promise<EndedMessage>((resolve, reject) => {
        this.settle = { resolve, reject };
    });

    constructor() {
        // whoever waits for it hears of it; before that nobody does
        this.lastWord.catch(() => undefined);
    }

    /** The server has said its last word. */
    get isEnded(): boolean {
        return this.ended;
    }

    /** Something said now has a way to the server. */
    get isOpen(): boolean {
        return this.control !== undefined;
    }

    /**
     * Waits for the server's first message. Rejects with `transfer.connect-timeout`, `transfer.protocol`, why the channel
     * was closed, or the error given to {@link fail}.
     */
    hear(channel: SshCommand, context: DialogueContext): Promise<HelloMessage> {
        this.channel = channel;
        const words = channel.pipe(new SkipBanner());
        const control = controlConnection(words, channel);
        this.control = control;
        let errors = '';
        channel.stderr.setEncoding('utf8').on('data', (text: string) => {
            errors = (errors + text).slice(-MAX_SAID);
        });
        const said = (): string => errors.trim() || words.banner.trim().slice(-MAX_SAID);
        return new Promise((resolve, reject) => {
            const late = new ConnectError(
                'transfer.connect-timeout',
                'The server does not begin the session'
            );
            const timer = setTimeout(() => reject(late), context.withinMs);
            const over = (error: ConnectError): void => {
                clearTimeout(timer);
                reject(error);
                this.fail(error);
            };
            control.onNotification(HelloNotification, hello => {
                clearTimeout(timer);
                resolve(hello);
            });
            control.onNotification(EndedNotification, message => this.end(message));
            control.onError(([error]) => {
                if (context.hasConnection()) {
                    over(ConnectError.from(error, 'transfer.protocol'));
                }
            });
            channel.once('close', (code?: number) => {
                // with its connection gone the channel says nothing about the session
                if (context.hasConnection() || !context.onLost()) {
                    over(channelEnd(code, said()));
                }
            });
            this.lastWord.catch(error => over(ConnectError.from(error)));
            control.listen();
        });
    }

    /** A request whose failure ends the session. Rejects with what the server answers, or with its last word. */
    async ask<T>(request: (control: MessageConnection) => Promise<T>): Promise<T> {
        const answered = async (): Promise<T> => {
            try {
                return await request(this.control!);
            } catch (error) {
                throw fromResponseError(error);
            }
        };
        return Promise.race([answered(), this.lastWord.then(message => Promise.reject(lastError(message)))]);
    }

    /** A request whose failure only means that the session is ending; how it ended is told by {@link lastWord}. */
    async tell<T>(request: (control: MessageConnection) => Promise<T>): Promise<T | undefined> {
        try {
            return this.control && (await request(this.control));
        } catch {
            // the answer would have come from a server that is gone
            return undefined;
        }
    }

    /** Nothing more is said to the server. */
    endInput(): void {
        this.channel?.end();
    }

    /** The connection is lost, and the session goes on. False when it was lost before. */
    pause(): boolean {
        const wasOpen = this.isOpen;
        this.control?.dispose();
        this.control = undefined;
        return wasOpen;
    }

    /** There is another connection. */
    goOn(control: MessageConnection): void {
        this.control = control;
    }

    /** The server's last word has come. */
    end(message: EndedMessage): void {
        this.ended = true;
        this.settle.resolve(message);
    }

    /** There will be no last word. */
    fail(error: ConnectError): void {
        this.settle.reject(error);
    }

    close(): void {
        this.control?.dispose();
    }
}
