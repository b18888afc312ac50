import type { AccountSession, RateSettings, TransferListener, TransferRun, TransferTask } from '@connect/api';
import { ConnectError } from '@connect/base';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { JobRecord } from '../common/job-record';
import { NetworkRoutes } from './network/network-routes';
import { engineRules } from '../common/existing-files';
import { ManifestStore } from './manifests/manifest-store';
import { EngineRegistry } from './engine-registry';
import { jobPaths } from './submission';

/** Brings a job, its account and an engine together. */
@injectable()
export class TransferLauncher {
    @inject(AccountSessions) protected readonly accounts: AccountSessions;
    @inject(ManifestStore) protected readonly manifests: ManifestStore;
    @inject(EngineRegistry) protected readonly engines: EngineRegistry;
    @inject(NetworkRoutes) protected readonly routes: NetworkRoutes;

    /**
     * Starts the engine that {@link EngineRegistry.choose} names. Rejects with what keeps the account from connecting,
     * `not-supported` when the account's product moves no files, `transfer.engine-missing` when every engine refuses.
     */
    async launch(
        record: JobRecord,
        rate: RateSettings,
        listener: TransferListener
    ): Promise<{ engineId: string; run: TransferRun }> {
        const session = await this.session(record.accountId, listener);
        if (!session.transferEndpoint) {
            throw new ConnectError('not-supported', 'Accounts of this product do not move files');
        }
        const { endpoint, credentials } = await session.transferEndpoint();
        const { route, secrets } = await this.routes.to(endpoint);
        const manifestFolder = this.manifests.prepare(record.id, record.fromStart);
        const task: Omit<TransferTask, 'credentials'> = {
            jobId: record.id,
            direction: record.direction,
            endpoint,
            route,
            ...jobPaths(record),
            rate,
            ...engineRules(record.existing, record.bytesDone > 0, record.fromStart),
            ...(manifestFolder === undefined ? {} : { manifestFolder })
        };
        const engine = this.engines.choose(task, record.wantedEngineId);
        const run = engine.start(
            { ...task, credentials: { ...credentials, ...secrets } },
            {
                ...listener,
                onFileFailed: failure => {
                    const { path, error } = failure;
                    listener.onLog(`${path}: ${error.code} ${error.message}`, 'warn');
                    listener.onFileFailed(failure);
                }
            }
        );
        return { engineId: engine.id, run };
    }

    /** An account that cannot be reached tells how far it came. */
    private async session(accountId: string, listener: TransferListener): Promise<AccountSession> {
        try {
            return await this.accounts.session(accountId);
        } catch (error) {
            this.accounts.stages(accountId).forEach(report => listener.onStage?.(report));
            throw error;
        }
    }
}
