import { Emitter, type Event } from '@theia/core/lib/common/event';
import { injectable } from '@theia/core/shared/inversify';
import type { ManifestClient, VerifyProgress } from '../../common/manifest-protocol';

/** How far the verifying of a job is. */
export interface JobVerifyProgress {
    readonly jobId: string;
    readonly progress: VerifyProgress;
}

/** Where the backend's progress arrives; the one target of the RPC connection. */
@injectable()
export class ManifestClientTarget implements ManifestClient {
    private readonly emitter = new Emitter<JobVerifyProgress>();
    readonly onProgress: Event<JobVerifyProgress> = this.emitter.event;

    onVerifyProgress(jobId: string, progress: VerifyProgress): void {
        this.emitter.fire({ jobId, progress });
    }
}
