import type { interfaces } from '@theia/core/shared/inversify';
import { NetworkRoutes } from './network-routes';
import { ProxyLogins } from './proxy-logins';

/** The network's part of the backend module. */
export function bindNetwork(bind: interfaces.Bind): void {
    bind(ProxyLogins).toSelf().inSingletonScope();
    bind(NetworkRoutes).toSelf().inSingletonScope();
}
