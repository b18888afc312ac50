import { ConnectError } from '@connect/base';
import { RawData, WebSocket } from 'ws';
import { HttpStreamPort } from './http-stream-port';
import { MAX_LOG_MESSAGE_BYTES } from './resumable-log';

/** A round trip is measured so often; the peer shows that it is there at the same time. */
const PING_EVERY_MS = 1000;
/** A connection on which nothing at all came for so long is dead. */
const SILENCE_MS = 15_000;

/** Messages of a WebSocket as one byte string. */
export function messageBytes(data: RawData): Uint8Array {
    return Array.isArray(data)
        ? Buffer.concat(data)
        : data instanceof ArrayBuffer
          ? new Uint8Array(data)
          : data;
}

/**
 * Joins a port to one WebSocket, either end, for as long as it lasts: messages both ways, round trips, signs of life.
 * `onGone` is called once, when the connection is over, with why.
 */
export function linkSocket(socket: WebSocket, port: HttpStreamPort, onGone: (reason: string) => void): void {
    let heard = performance.now();
    let pinged = 0;
    let isGone = false;
    const care = setInterval(() => {
        const now = performance.now();
        if (now - heard > SILENCE_MS) {
            socket.terminate();
        } else {
            pinged = now;
            socket.ping();
        }
    }, PING_EVERY_MS);
    const gone = (reason: string): void => {
        if (!isGone) {
            isGone = true;
            clearInterval(care);
            onGone(reason);
        }
    };
    socket.on('message', (data, isBinary) => {
        heard = performance.now();
        if (isBinary && !isGone) {
            port.onMessage(messageBytes(data));
        }
    });
    socket.on('pong', () => {
        heard = performance.now();
        port.onRtt(heard - pinged);
    });
    socket.on('ping', () => (heard = performance.now()));
    socket.on('close', code => gone(`closed with ${code}`));
    socket.on('error', error => gone(error.message));
    pinged = performance.now();
    socket.ping();
    port.attach(message => {
        if (socket.readyState === WebSocket.OPEN) {
            socket.send(message);
        }
    });
}

/** Options of a WebSocket that carries a log: nothing larger is taken, nothing is compressed. */
export const LINK_OPTIONS = { maxPayload: MAX_LOG_MESSAGE_BYTES, perMessageDeflate: false } as const;

/** Why a session that lost its connection for good ends. */
export function linkLost(reason: string): ConnectError {
    return new ConnectError('transfer.connection-lost', `The HTTPS session was lost: ${reason}`);
}
