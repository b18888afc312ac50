import { LogBook } from '@connect/api';
import { systemClock } from '@connect/base';
import { exposeToRpc } from '@connect/security/lib/common/rpc-errors';
import { ILoggerServer } from '@theia/core/lib/common/logger-protocol';
import { ConnectionHandler, RpcConnectionHandler } from '@theia/core/lib/common/messaging';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import type { interfaces } from '@theia/core/shared/inversify';
import { LOG_SERVICE_PATH, type LogClient } from '../../common/log-protocol';
import { ConnectLogBook } from './connect-log-book';
import { LogKeeper } from './log-keeper';
import { LogWindow } from './log-window';
import { LoggedServer } from './logged-server';

/** The logs, and one access to them for each window, which ends with the connection. */
export function bindLogs(bind: interfaces.Bind, onActivation: interfaces.Container['onActivation']): void {
    bind(ConnectLogBook).toSelf().inSingletonScope();
    bind(LogBook).toService(ConnectLogBook);
    bind(LogKeeper).toSelf().inSingletonScope();
    bind(BackendApplicationContribution).toService(LogKeeper);
    onActivation<ILoggerServer>(
        ILoggerServer,
        ({ container }, server) => new LoggedServer(server, container.get<LogBook>(LogBook))
    );
    bind(ConnectionHandler)
        .toDynamicValue(
            ({ container }) =>
                new RpcConnectionHandler<LogClient>(LOG_SERVICE_PATH, client => {
                    const window = new LogWindow(container.get(ConnectLogBook), client, systemClock);
                    client.onDidCloseConnection(() => window.dispose());
                    return exposeToRpc(window);
                })
        )
        .inSingletonScope();
}
