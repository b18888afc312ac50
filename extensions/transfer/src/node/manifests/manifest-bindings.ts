import { LogBook } from '@connect/api';
import { exposeToRpc } from '@connect/security/lib/common/rpc-errors';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { ConnectionHandler, RpcConnectionHandler } from '@theia/core/lib/common/messaging';
import type { interfaces } from '@theia/core/shared/inversify';
import { MANIFEST_SERVICE_PATH, type ManifestClient } from '../../common/manifest-protocol';
import { jobLog } from '../logs/job-log';
import { TransferServiceImpl } from '../transfer-service';
import { ManifestStore } from './manifest-store';
import { ManifestWindow } from './manifest-window';

/** The manifests' part of the backend module: a service for each window, which ends with its connection. */
export function bindManifests(bind: interfaces.Bind): void {
    bind(ManifestStore).toSelf().inSingletonScope();
    bind(ConnectionHandler)
        .toDynamicValue(
            ({ container }) =>
                new RpcConnectionHandler<ManifestClient>(MANIFEST_SERVICE_PATH, client => {
                    const transfers = container.get(TransferServiceImpl);
                    const window = new ManifestWindow(
                        {
                            store: container.get(ManifestStore),
                            accounts: container.get(AccountSessions),
                            job: id => transfers.job(id),
                            log: jobLog(container.get<LogBook>(LogBook), transfers.monitors, 'verify')
                        },
                        client
                    );
                    client.onDidCloseConnection(() => window.dispose());
                    return exposeToRpc(window);
                })
        )
        .inSingletonScope();
}
