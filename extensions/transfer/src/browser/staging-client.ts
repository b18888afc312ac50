import { ConnectError, ERROR_CATALOG, type WireError } from '@connect/base';
import { Endpoint } from '@theia/core/lib/browser/endpoint';
import { injectable } from '@theia/core/shared/inversify';
import {
    STAGING_MODIFIED_HEADER,
    STAGING_NAME_HEADER,
    STAGING_PATH,
    type StagingBatch
} from '../common/transfer-protocol';

/** Talks to the staging endpoint. Content goes from the disk to the wire: the browser never holds a file in memory. */
@injectable()
export class StagingClient {
    create(): Promise<StagingBatch> {
        return this.send('POST', '', '.') as Promise<StagingBatch>;
    }

    async makeFolder(stagingId: string, path: string): Promise<void> {
        await this.send('PUT', `/${stagingId}/folder`, path);
    }

    /** @param onSent bytes of the file that left, growing. Aborting rejects with `cancelled`. */
    async putFile(
        stagingId: string,
        path: string,
        file: File,
        signal: AbortSignal,
        onSent: (bytes: number) => void
    ): Promise<void> {
        await this.send('PUT', `/${stagingId}/file`, path, { file, signal, onSent });
    }

    async remove(stagingId: string): Promise<void> {
        await this.send('DELETE', `/${stagingId}`, '.');
    }

    /** XMLHttpRequest and not fetch: only it tells how much of a body has left. */
    protected send(
        method: string,
        path: string,
        name: string,
        body?: { file: File; signal: AbortSignal; onSent(bytes: number): void }
    ): Promise<unknown> {
        const request = new XMLHttpRequest();
        request.open(method, new Endpoint({ path: `${STAGING_PATH}${path}` }).getRestUrl().toString());
        request.setRequestHeader(STAGING_NAME_HEADER, name.split('/').map(encodeName).join('/'));
        if (body) {
            request.setRequestHeader(STAGING_MODIFIED_HEADER, String(Math.floor(body.file.lastModified)));
            request.setRequestHeader('content-type', 'application/octet-stream');
            request.upload.onprogress = event => body.onSent(event.loaded);
        }
        return new Promise((resolve, reject) => {
            const abort = (): void => request.abort();
            body?.signal.addEventListener('abort', abort);
            request.onloadend = () => {
                body?.signal.removeEventListener('abort', abort);
                if (request.status === 200) {
                    resolve(JSON.parse(request.responseText));
                } else {
                    reject(failureOf(request, body?.signal.aborted ?? false));
                }
            };
            request.send(body?.file);
        });
    }
}

function failureOf(request: XMLHttpRequest, aborted: boolean): ConnectError {
    if (aborted) {
        return new ConnectError('cancelled', 'The upload was stopped');
    }
    const isJson = request.getResponseHeader('content-type')?.startsWith('application/json') ?? false;
    const wire = isJson ? (JSON.parse(request.responseText) as Partial<WireError>) : {};
    if (wire.code !== undefined && wire.code in ERROR_CATALOG) {
        return ConnectError.fromWire({ code: wire.code, message: wire.message ?? '', data: wire.data });
    }
    if (request.status === 401) {
        return new ConnectError('security.login-required', 'This page is not logged in any more');
    }
    return new ConnectError('transfer.connection-lost', 'The file could not be brought to the workbench', {
        status: request.status
    });
}

/** Browsers give names as text; half a surrogate pair cannot be sent and becomes the replacement character. */
function encodeName(name: string): string {
    return encodeURIComponent(
        name.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, '\ufffd')
    );
}
