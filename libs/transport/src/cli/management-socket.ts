import { connect, Socket } from 'node:net';
import { ConnectError } from '@connect/base';
import { encodeFrame, FrameFields, FrameParser } from './management-frames';

const CONNECT_TIMEOUT_MS = 5000;
/** A program that does not read what it asked for loses statistics, never memory of this process. */
const MAX_UNREAD_BYTES = 1024 * 1024;
const FLUSH_MS = 2000;

/** The connection to the program that started this one and listens on 127.0.0.1. */
export class ManagementSocket {
    /** Called with each frame of that program. */
    onFrame: (frame: FrameFields) => void = () => undefined;
    /** Called once when it has gone, or does not speak frames. */
    onGone: (error: ConnectError) => void = () => undefined;
    private readonly parser = new FrameParser();
    private isOver = false;
    /** Frames of this turn of the event loop: a thousand files that are done at once are one write, not a thousand. */
    private unwritten = '';

    private constructor(private readonly socket: Socket) {
        socket.setNoDelay(true);
        socket.setEncoding('utf8');
        socket.on('data', (text: unknown) => this.onText(String(text)));
        socket.on('error', error => this.gone(error));
        socket.on('close', () => this.gone(new Error('it was closed')));
    }

    /** @throws ConnectError `usage` when nobody listens there. */
    static connect(port: number): Promise<ManagementSocket> {
        return new Promise((resolve, reject) => {
            const socket = connect({ host: '127.0.0.1', port });
            const fail = (reason: string): void => {
                socket.destroy();
                reject(new ConnectError('usage', `-M: no connection to 127.0.0.1 port ${port}: ${reason}`));
            };
            const timer = setTimeout(() => fail('no answer'), CONNECT_TIMEOUT_MS);
            socket.once('error', error => {
                clearTimeout(timer);
                fail(error.message);
            });
            socket.once('connect', () => {
                clearTimeout(timer);
                socket.removeAllListeners('error');
                resolve(new ManagementSocket(socket));
            });
        });
    }

    /** `droppable` frames are left out while the other side does not read. */
    send(fields: FrameFields, droppable = false): void {
        if (this.isOver || (droppable && this.socket.writableLength > MAX_UNREAD_BYTES)) {
            return;
        }
        if (this.unwritten === '') {
            setImmediate(() => this.write());
        }
        this.unwritten += encodeFrame(fields);
    }

    /** Resolves when everything has been handed over, or after a short while. */
    close(): Promise<void> {
        this.write();
        this.isOver = true;
        return new Promise(resolve => {
            const timer = setTimeout(() => {
                this.socket.destroy();
                resolve();
            }, FLUSH_MS);
            this.socket.end(() => {
                clearTimeout(timer);
                this.socket.destroy();
                resolve();
            });
            if (this.socket.destroyed) {
                clearTimeout(timer);
                resolve();
            }
        });
    }

    private write(): void {
        const text = this.unwritten;
        this.unwritten = '';
        if (text !== '' && !this.isOver) {
            this.socket.write(text);
        }
    }

    private onText(text: string): void {
        try {
            for (const frame of this.parser.push(text)) {
                this.onFrame(frame);
            }
        } catch (error) {
            this.gone(error as Error);
            this.socket.destroy();
        }
    }

    private gone(reason: Error): void {
        if (!this.isOver) {
            this.isOver = true;
            this.onGone(
                new ConnectError('cancelled', `The management connection is gone: ${reason.message}`)
            );
        }
    }
}
