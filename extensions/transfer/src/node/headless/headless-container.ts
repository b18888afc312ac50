import 'reflect-metadata';
import { BackendApplicationConfigProvider } from '@theia/core/lib/node/backend-application-config-provider';

// read by Theia when its modules load
BackendApplicationConfigProvider.set({
    configurationFolder: '.connect',
    singleInstance: false,
    frontendConnectionTimeout: 0,
    startupTimeout: -1,
    resolveSystemPlugins: false
} as Parameters<typeof BackendApplicationConfigProvider.set>[0]);

import { backendApplicationModule } from '@theia/core/lib/node/backend-application-module';
import { loggerBackendModule } from '@theia/core/lib/node/logger-backend-module';
import { Container, type ContainerModule } from '@theia/core/shared/inversify';
import { BackendKind } from '../command/store-owner';

/**
 * The services of the app's backend without its web server: nothing listens but the command socket.
 * @param modules backend modules of the extensions that the app consists of, Theia's for settings and files included
 */
export function headlessContainer(modules: readonly ContainerModule[]): Container {
    const container = new Container();
    container.load(backendApplicationModule, loggerBackendModule, ...modules);
    container.bind(BackendKind).toConstantValue('headless');
    return container;
}
