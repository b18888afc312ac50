import { Readable } from 'stream';
import { HttpStreamPort } from '@connect/transport/lib/http/http-stream-port';
import { DataStore, ERRORS, Upload } from '@tus/server';

/** More than our clients ever send at once. */
const MAX_RUN_BYTES = 256 * 1024 * 1024;
const MAX_UNFINISHED = 64;
/** Finished uploads that are remembered, for clients that missed the answer. */
const MAX_FINISHED = 256;
const MAX_DATA_OFFSET = 2 ** 48;

interface Run {
    readonly upload: Upload;
    /** Place of its first byte in the session's data stream. */
    readonly start: number;
    taken: number;
}

/**
 * Uploads of tus that are stored nowhere: each is a run of a session's data stream, and its bytes go to the session's
 * port while they arrive. What has been taken counts as uploaded, so a client continues exactly there.
 */
export class RunStore extends DataStore {
    override extensions = ['creation', 'creation-with-upload'];
    private readonly runs = new Map<string, Run>();

    constructor(private readonly port: HttpStreamPort) {
        super();
    }

    override async create(upload: Upload): Promise<Upload> {
        const start = Number(upload.metadata?.start);
        const size = upload.size ?? 0;
        const fits = Number.isInteger(start) && start >= 0 && start + size <= MAX_DATA_OFFSET;
        if (!fits || size < 1 || size > MAX_RUN_BYTES) {
            throw refusal(400, 'A run is named by "start" in its metadata and has 1 to 2^28 bytes\n');
        }
        this.forgetFinished();
        const unfinished = [...this.runs.values()].filter(run => run.taken < run.upload.size!).length;
        if (unfinished >= MAX_UNFINISHED) {
            throw refusal(429, 'Too many uploads at a time\n');
        }
        this.runs.set(upload.id, { upload, start, taken: 0 });
        return upload;
    }

    override async write(stream: Readable, id: string): Promise<number> {
        const run = this.find(id);
        for await (const piece of stream) {
            const bytes = piece as Buffer;
            if (this.port.isEnded) {
                throw ERRORS.FILE_NO_LONGER_EXISTS;
            }
            this.port.accept(run.start + run.taken, bytes);
            run.taken += bytes.length;
            await this.port.opened();
        }
        return run.taken;
    }

    override async getUpload(id: string): Promise<Upload> {
        const { upload, taken } = this.find(id);
        return new Upload({ id, size: upload.size, offset: taken, metadata: upload.metadata });
    }

    private find(id: string): Run {
        const run = this.runs.get(id);
        if (!run) {
            throw ERRORS.FILE_NOT_FOUND;
        }
        return run;
    }

    private forgetFinished(): void {
        const finished = [...this.runs].filter(([, run]) => run.taken === run.upload.size);
        finished.slice(0, -MAX_FINISHED).forEach(([id]) => this.runs.delete(id));
    }
}

function refusal(status: number, body: string): object {
    return Object.assign(new Error(body), { status_code: status, body });
}
