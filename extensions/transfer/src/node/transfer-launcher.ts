import {
    TransferEngine,
    type AccountSession,
    type RateSettings,
    type TransferListener,
    type TransferRun,
    type TransferTask
} from '@connect/api';
import { ConnectError } from '@connect/base';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { inject, injectable, named } from '@theia/core/shared/inversify';
import type { JobRecord } from '../common/job-record';
import { NetworkRoutes } from './network/network-routes';
import { engineRules } from '../common/existing-files';
import { ManifestStore } from './manifests/manifest-store';
import { jobPaths } from './submission';

/** Brings a job, its account and an engine together. */
@injectable()
export class TransferLauncher {
    @inject(AccountSessions) protected readonly accounts: AccountSessions;
    @inject(ContributionProvider)
    @named(TransferEngine)
    protected readonly engines: ContributionProvider<TransferEngine>;
    @inject(ManifestStore) protected readonly manifests: ManifestStore;
    @inject(NetworkRoutes) protected readonly routes: NetworkRoutes;

    /**
     * Starts the first engine that does not refuse. Rejects with what keeps the account from connecting,
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
        const engine = this.engineFor(task, record.wantedEngineId);
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

    private engineFor(task: Omit<TransferTask, 'credentials'>, wantedId: string | undefined): TransferEngine {
        const reasons: string[] = [];
        const engines = this.engines
            .getContributions()
            .filter(({ id }) => wantedId === undefined || id === wantedId);
        if (engines.length === 0 && wantedId !== undefined) {
            throw new ConnectError(
                'transfer.engine-missing',
                `There is no transfer program “${wantedId}” here`
            );
        }
        for (const engine of engines) {
            const reason = engine.refuses(task);
            if (reason === undefined) {
                return engine;
            }
            reasons.push(`${engine.label}: ${reason}`);
        }
        throw new ConnectError(
            'transfer.engine-missing',
            `No transfer program can do this. ${reasons.join('; ')}`
        );
    }
}
