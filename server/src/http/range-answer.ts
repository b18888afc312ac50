import { IncomingMessage, ServerResponse } from 'http';
import { pipeline } from 'stream/promises';
import { HttpStreamPort } from '@connect/transport/lib/http/http-stream-port';
import { outgoingBytes } from '@connect/transport/lib/http/outgoing-bytes';

const MAX_RUN_BYTES = 256 * 1024 * 1024;
/** The data stream has room for so much; how much of it will be used is not known. */
const STREAM_BYTES = 2 ** 48;

/** The one range that is asked for, [start, end). @returns undefined for any other form of the header */
export function readRange(header: string | undefined): { start: number; end: number } | undefined {
    const match = /^bytes=(\d{1,15})-(\d{1,15})$/.exec(header ?? '');
    const [start, last] = [Number(match?.[1]), Number(match?.[2])];
    return match && start <= last && last - start < MAX_RUN_BYTES && last < STREAM_BYTES
        ? { start, end: last + 1 }
        : undefined;
}

/** Answers a range of what a session has to give; 416 for what was not offered, or is acknowledged already. */
export async function answerRange(
    port: HttpStreamPort,
    request: IncomingMessage,
    response: ServerResponse
): Promise<void> {
    const range = readRange(request.headers.range);
    if (!range || !port.outgoing.holds(range.start, range.end)) {
        response.writeHead(416, { 'content-range': `bytes */${STREAM_BYTES}` }).end();
        return;
    }
    response.writeHead(206, {
        'content-type': 'application/octet-stream',
        'content-length': String(range.end - range.start),
        'content-range': `bytes ${range.start}-${range.end - 1}/${STREAM_BYTES}`,
        'cache-control': 'no-store'
    });
    await pipeline(outgoingBytes(port, range), response);
}
