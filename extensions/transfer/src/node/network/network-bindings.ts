import { exposeToRpc } from '@connect/security/lib/common/rpc-errors';
import { ConnectionHandler, RpcConnectionHandler } from '@theia/core/lib/common/messaging';
import type { interfaces } from '@theia/core/shared/inversify';
import { NETWORK_SERVICE_PATH, NetworkService } from '../../common/network-protocol';
import { NetworkRoutes } from './network-routes';
import { NetworkServiceImpl } from './network-service-impl';
import { ProxyLogins } from './proxy-logins';

/** The network's part of the backend module. */
export function bindNetwork(bind: interfaces.Bind): void {
    bind(ProxyLogins).toSelf().inSingletonScope();
    bind(NetworkRoutes).toSelf().inSingletonScope();
    bind(NetworkServiceImpl).toSelf().inSingletonScope();
    bind(NetworkService).toService(NetworkServiceImpl);
    bind(ConnectionHandler)
        .toDynamicValue(
            ({ container }) =>
                new RpcConnectionHandler(NETWORK_SERVICE_PATH, () =>
                    exposeToRpc(container.get(NetworkServiceImpl))
                )
        )
        .inSingletonScope();
}
