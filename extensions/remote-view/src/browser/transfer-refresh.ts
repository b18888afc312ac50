import { REMOTE_SCHEME } from '@connect/security/lib/common/remote-uri';
import { TransferClientModel } from '@connect/transfer/lib/browser/transfer-client-model';
import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import { RemoteFileSystemProvider } from './remote-file-system-provider';

/** Shows what transfers brought to a remote folder. Local folders are watched by Theia itself. */
@injectable()
export class TransferRefresh implements FrontendApplicationContribution {
    @inject(TransferClientModel) protected readonly transfers: TransferClientModel;
    @inject(RemoteFileSystemProvider) protected readonly provider: RemoteFileSystemProvider;

    initialize(): void {
        this.transfers.onDidChangeJobState(job => this.onJobState(job));
    }

    private onJobState(job: Job): void {
        const arrived = arrivals(job);
        if (arrived.length > 0) {
            this.provider.fireAdded(arrived);
        }
    }
}

/** Remote files and folders that a job which has just ended may have brought, partly at least. */
export function arrivals(job: Job): URI[] {
    const ended = job.state === 'completed' || job.state === 'stopped' || job.state === 'failed';
    if (!ended || job.direction !== 'send' || !job.target.startsWith(`${REMOTE_SCHEME}:`)) {
        return [];
    }
    const folder = new URI(job.target);
    // The folder itself may be new as well.
    return [folder, ...job.sources.map(source => folder.resolve(new URI(source).path.base))];
}
