import { LogBook } from '@connect/api';
import { ConnectError, type ErrorCode, type LogLevel } from '@connect/base';
import { environment } from '@theia/core/shared/@theia/application-package/lib/environment';
import { FileUri } from '@theia/core/lib/common/file-uri';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import type { Application, Request, Response } from '@theia/core/shared/express';
import { inject, injectable, optional } from '@theia/core/shared/inversify';
import {
    STAGING_MODIFIED_HEADER,
    STAGING_NAME_HEADER,
    STAGING_PATH,
    type StagingBatch
} from '../common/transfer-protocol';
import { decodeUriPath } from '../common/source-uris';
import { StagingArea } from './staging-area';

/** HTTP status by error; whatever is not here is the server's own fault. */
const STATUS: Partial<Record<ErrorCode, number>> = {
    usage: 400,
    'transfer.illegal-name': 400,
    'transfer.path-too-long': 400,
    'transfer.exists': 409,
    'transfer.connection-lost': 400,
    'transfer.no-space': 507
};

/**
 * Takes files that were dropped onto a browser-hosted workbench. Who may call is decided before this by the login of
 * the app. Every request must carry {@link STAGING_NAME_HEADER}, which a page of another origin cannot send unasked.
 *
 * - `POST /connect/staging`: a new batch, answered as {@link StagingBatch}.
 * - `PUT /connect/staging/:id/file`: the content of one file as the body, with its length.
 * - `PUT /connect/staging/:id/folder`: a folder, without a body.
 * - `DELETE /connect/staging/:id`: the batch is given up.
 *
 * Failures are answered with the JSON form of a ConnectError.
 */
@injectable()
export class StagingEndpoint implements BackendApplicationContribution {
    @inject(StagingArea) protected readonly area: StagingArea;
    @inject(LogBook) @optional() protected readonly logs: LogBook | undefined;

    configure(app: Application): void {
        // A desktop app has the paths of dropped files, and its port has no login.
        if (!environment.electron.is()) {
            this.register(app);
        }
    }

    /** Adds the routes to `app`. */
    register(app: Application): void {
        app.post(
            STAGING_PATH,
            this.answer(async () => {
                const { stagingId, folder } = await this.area.create();
                this.log('info', `upload ${stagingId} begins`);
                const batch: StagingBatch = { stagingId, folder: FileUri.create(folder).toString() };
                return batch;
            })
        );
        app.put(
            `${STAGING_PATH}/:id/file`,
            this.answer(request => this.receive(request))
        );
        app.put(
            `${STAGING_PATH}/:id/folder`,
            this.answer(request => this.area.makeFolder(request.params.id, segmentsOf(request)))
        );
        app.delete(
            `${STAGING_PATH}/:id`,
            this.answer(request => {
                this.log('info', `upload ${request.params.id} is given up`);
                return this.area.remove(request.params.id);
            })
        );
    }

    private async receive(request: Request): Promise<void> {
        const sizeBytes = Number(request.headers['content-length'] ?? Number.NaN);
        if (!Number.isSafeInteger(sizeBytes)) {
            throw new ConnectError('usage', 'The length of the file is missing');
        }
        const modified = request.headers[STAGING_MODIFIED_HEADER];
        const modifiedMs = modified === undefined ? undefined : Number(modified);
        if (modifiedMs !== undefined && !Number.isSafeInteger(modifiedMs)) {
            throw new ConnectError('usage', 'The time of the file is not a number');
        }
        await this.area.receive(
            request.params.id,
            { segments: segmentsOf(request), sizeBytes, modifiedMs },
            request
        );
        this.log(
            'debug',
            `upload ${request.params.id}: ${segmentsOf(request).join('/')}, ${sizeBytes} bytes`
        );
    }

    private log(level: LogLevel, text: string): void {
        this.logs?.component('browser', 'upload').write(level, text);
    }

    private answer(
        work: (request: Request) => Promise<object | void>
    ): (request: Request, response: Response) => void {
        return (request, response) => {
            const done =
                request.headers[STAGING_NAME_HEADER] === undefined
                    ? Promise.reject(
                          new ConnectError('usage', `The header ${STAGING_NAME_HEADER} is missing`)
                      )
                    : Promise.resolve().then(() => work(request));
            done.then(
                result => response.status(200).json(result ?? {}),
                (thrown: unknown) => {
                    const error = ConnectError.from(thrown);
                    this.log('warn', `${request.method} ${request.path}: ${error.code} ${error.message}`);
                    if (!response.writableEnded && !request.destroyed) {
                        // what is left of the body is not read: the connection cannot be used again
                        response.set('connection', 'close');
                    }
                    response.status(STATUS[error.code] ?? 500).json(error.toWire());
                }
            );
        };
    }
}

function segmentsOf(request: Request): string[] {
    return String(request.headers[STAGING_NAME_HEADER])
        .split('/')
        .map(segment => decodeUriPath(segment));
}
