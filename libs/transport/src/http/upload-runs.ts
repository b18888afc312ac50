import { Readable } from 'node:stream';
import { ConnectError } from '@connect/base';
import { DetailedError, Upload, UploadOptions } from 'tus-js-client';
import { CarryRun } from './data-lanes';
import { HttpStreamPort } from './http-stream-port';
import { HttpsEndpoint } from './https-endpoint';
import { outgoingBytes } from './outgoing-bytes';
import { TusRequests } from './tus-requests';

/** Waits before each further try; counted anew whenever something arrived. About a minute in all. */
export const RETRY_DELAYS_MS = [0, 250, 1000, 2000, 4000, 8000, 15_000, 15_000, 15_000];

/** A run of at most so many bytes goes with the request that creates it: that saves a round trip, and costs little twice. */
const SMALL_RUN_BYTES = 256 * 1024;

/** Answers that another try does not change: the session is gone, or the server is of another kind. */
function isFinal(error: DetailedError): boolean {
    const status = error.originalResponse?.getStatus() ?? 0;
    return status >= 400 && status < 500 && status !== 409 && status !== 423;
}

/** Each run is an upload of tus 1.0 whose bytes are taken from the port as they go out. */
export function uploadRuns(
    port: HttpStreamPort,
    endpoint: HttpsEndpoint,
    path: string,
    authorization: string
): CarryRun {
    const stack = new TusRequests(endpoint.agent);
    return run =>
        new Promise((resolve, reject) => {
            let body: Readable | undefined;
            const options: UploadOptions = {
                endpoint: endpoint.url(path),
                headers: { authorization },
                metadata: { start: String(run.start) },
                uploadSize: run.end - run.start,
                chunkSize: Infinity,
                uploadDataDuringCreation: run.end - run.start <= SMALL_RUN_BYTES,
                retryDelays: RETRY_DELAYS_MS,
                storeFingerprintForResuming: false,
                fingerprint: () => Promise.resolve(''),
                httpStack: stack,
                fileReader: {
                    openFile: () =>
                        Promise.resolve({
                            size: run.end - run.start,
                            slice: (start: number, end: number) => {
                                body?.destroy();
                                body = outgoingBytes(port, {
                                    start: run.start + start,
                                    end: run.start + end
                                });
                                // what ended the port ends the upload; tus-js-client would wait for ever
                                body.once('error', error => {
                                    void upload.abort();
                                    reject(ConnectError.from(error));
                                });
                                return Promise.resolve({ value: body, done: true });
                            },
                            close: () => undefined
                        })
                },
                onShouldRetry: error => !port.isEnded && !isFinal(error),
                onSuccess: () => resolve(),
                onError: error => reject(uploadFailure(error, endpoint))
            };
            const upload = new Upload(Buffer.alloc(0), options);
            upload.start();
        });
}

function uploadFailure(error: Error | DetailedError, endpoint: HttpsEndpoint): ConnectError {
    const answer = 'originalResponse' in error ? error.originalResponse : undefined;
    if (!answer) {
        const cause = 'causingError' in error ? error.causingError : undefined;
        return endpoint.failure(cause ?? error);
    }
    const status = answer.getStatus();
    const message = `The server refuses data: status ${status}`;
    return new ConnectError(
        status === 401 ? 'transfer.connection-lost' : 'transfer.protocol',
        message,
        { status },
        error
    );
}
