import { IncomingMessage } from 'node:http';
import { ConnectError, Range } from '@connect/base';
import { CarryRun } from './data-lanes';
import { HttpStreamPort } from './http-stream-port';
import { HttpsEndpoint } from './https-endpoint';
import { RETRY_DELAYS_MS } from './upload-runs';

const PARTIAL_CONTENT = 206;

/** Each run is fetched by range requests; one that breaks is continued where it broke. */
export function downloadRuns(
    port: HttpStreamPort,
    endpoint: HttpsEndpoint,
    path: string,
    authorization: string
): CarryRun {
    return async run => {
        let next = run.start;
        for (let tries = 0; next < run.end && !port.isEnded; tries++) {
            const before = next;
            try {
                const range = `bytes=${next}-${run.end - 1}`;
                const answer = await endpoint.open('GET', path, { authorization, range });
                checkAnswer(answer, { start: next, end: run.end });
                await takeBody(port, answer, run.end - next, (bytes: Buffer) => {
                    port.accept(next, bytes);
                    next += bytes.length;
                });
            } catch (error) {
                const failure = ConnectError.from(error, 'transfer.connection-lost');
                tries = next > before ? 0 : tries;
                const delayMs = RETRY_DELAYS_MS[tries];
                if (failure.kind !== 'transient' || isGone(failure) || delayMs === undefined) {
                    throw failure;
                }
                await new Promise(resolve => setTimeout(resolve, delayMs));
            }
        }
    };
}

function isGone(error: ConnectError): boolean {
    return error.data['status'] === 401;
}

function checkAnswer(answer: IncomingMessage, { start, end }: Range): void {
    const status = answer.statusCode ?? 0;
    const range = answer.headers['content-range'] ?? '';
    if (status === PARTIAL_CONTENT && range.startsWith(`bytes ${start}-${end - 1}/`)) {
        return;
    }
    answer.destroy();
    const isLost = status === 401 || status >= 500;
    throw new ConnectError(
        isLost ? 'transfer.connection-lost' : 'transfer.protocol',
        `The server does not give data: status ${status}`,
        { status }
    );
}

/** Resolves when all bytes have come; rejects when the connection breaks before. Stops reading while the window is closed. */
async function takeBody(
    port: HttpStreamPort,
    answer: IncomingMessage,
    length: number,
    take: (bytes: Buffer) => void
): Promise<void> {
    let left = length;
    for await (const piece of answer) {
        const bytes = piece as Buffer;
        if (bytes.length > left) {
            throw new ConnectError('transfer.protocol', 'The server gives more than was asked for');
        }
        left -= bytes.length;
        take(bytes);
        if (!port.isOpen) {
            await port.opened();
        }
        if (port.isEnded) {
            answer.destroy();
            return;
        }
    }
    if (left > 0) {
        throw new ConnectError('transfer.connection-lost', 'The answer broke off');
    }
}
