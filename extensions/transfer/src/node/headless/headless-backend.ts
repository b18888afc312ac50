import { headlessContainer } from './headless-container';
import { ConnectError, systemClock } from '@connect/base';
import { DemoAccount } from '@connect/security/lib/node/demo-account';
import { ConnectDatabaseStore } from '@connect/security/lib/node/connect-database-store';
import { Deferred } from '@theia/core/lib/common/promise-util';
import type { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import type { ContainerModule } from '@theia/core/shared/inversify';
import { hasWork } from '../../common/idle-rule';
import { JobList } from '../../common/job-list';
import type { JobDelta } from '../../common/transfer-protocol';
import { CommandEndpoint } from '../command/command-endpoint';
import { StoreOwner } from '../command/store-owner';
import { LogKeeper } from '../logs/log-keeper';
import { TransferServiceImpl } from '../transfer-service';
import { IdleWatch } from './idle-watch';

export interface HeadlessOptions {
    /** See {@link headlessContainer}. */
    readonly modules: readonly ContainerModule[];
    /** Ends when nobody was connected and nothing was to do for so long; undefined: never. */
    readonly idleExitMs?: number;
    /** Wait while another backend has the transfers; else end at once. */
    readonly standBy: boolean;
    /** Lines for whoever reads the log. */
    say(line: string): void;
}

/** Why a backend without windows ended. */
export type HeadlessEnd = 'idle' | 'asked' | 'signal' | 'in-use';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGHUP'];

/**
 * Runs the transfers of this user without any window, till it is no longer needed. Rejects with what kept the list
 * from being read.
 */
export async function runHeadless(options: HeadlessOptions): Promise<HeadlessEnd> {
    const container = headlessContainer(options.modules);
    const owner = container.get(StoreOwner);
    const transfers = container.get(TransferServiceImpl);
    const endpoint = container.get(CommandEndpoint);
    const over = new Deferred<HeadlessEnd>();
    SIGNALS.forEach(signal => process.once(signal, () => over.resolve('signal')));
    endpoint.onDidAskToLeave(() => over.resolve('asked'));

    const list = new JobList();
    const idle = new IdleWatch(systemClock, options.idleExitMs, () => over.resolve('idle'));
    const look = (): void =>
        idle.update(!owner.owns || endpoint.connections > 0 || hasWork(list.jobs, list.queue));
    const pull = async (): Promise<void> => {
        list.load(await transfers.snapshot());
        look();
    };
    const follow = (delta: JobDelta): void => {
        if (list.apply(delta) === 'gap') {
            pull().catch(error => over.reject(error));
        } else {
            look();
        }
    };
    transfers.setClient({ onDidChangeJobs: follow });
    endpoint.onDidChangeConnections(look);
    owner.onDidAcquire(() => options.say(`runs the transfers, process ${process.pid}`));

    // what serves windows is left out; it finds no server here
    const contributions: readonly BackendApplicationContribution[] = [
        container.get(LogKeeper),
        container.get(DemoAccount),
        endpoint,
        transfers
    ];
    contributions.forEach(each => void each.initialize?.());
    transfers.onStart();
    pull().catch((error: unknown) => {
        if (!ConnectError.is(error, 'transfer.store-in-use')) {
            over.reject(error);
        } else if (options.standBy) {
            options.say(`waits: ${error.message}`);
        } else {
            over.resolve('in-use');
        }
    });
    try {
        return await over.promise;
    } finally {
        idle.dispose();
        contributions.forEach(each => void each.onStop?.());
        container.get(ConnectDatabaseStore).close();
    }
}
