import {
    TransferEngine,
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
import { jobPaths } from './submission';

/** Brings a job, its account and an engine together. */
@injectable()
export class TransferLauncher {
    @inject(AccountSessions) protected readonly accounts: AccountSessions;
    @inject(ContributionProvider)
    @named(TransferEngine)
    protected readonly engines: ContributionProvider<TransferEngine>;
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
        const session = await this.accounts.session(record.accountId);
        if (!session.transferEndpoint) {
            throw new ConnectError('not-supported', 'Accounts of this product do not move files');
        }
        const { endpoint, credentials } = await session.transferEndpoint();
        const { route, secrets } = await this.routes.to(endpoint);
        const task: Omit<TransferTask, 'credentials'> = {
            jobId: record.id,
            direction: record.direction,
            endpoint,
            route,
            ...jobPaths(record),
            rate,
            ...engineRules(record.existing, record.bytesDone > 0, record.fromStart)
        };
        const engine = this.engineFor(task);
        const run = engine.start(
            { ...task, credentials: { ...credentials, ...secrets } },
            {
                ...listener,
                onFileFailed: failure => {
                    const { path, error } = failure;
                    listener.onLog(`${record.id} ${path}: ${error.code} ${error.message}`);
                    listener.onFileFailed(failure);
                },
                onLog: line => listener.onLog(`${record.id} ${line}`)
            }
        );
        return { engineId: engine.id, run };
    }

    private engineFor(task: Omit<TransferTask, 'credentials'>): TransferEngine {
        const reasons: string[] = [];
        for (const engine of this.engines.getContributions()) {
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
