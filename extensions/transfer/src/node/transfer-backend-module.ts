import { TransferEngine } from '@connect/api';
import { systemClock } from '@connect/base';
import { exposeToRpc } from '@connect/security/lib/common/rpc-errors';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { bindRootContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { ConnectionHandler, RpcConnectionHandler } from '@theia/core/lib/common/messaging';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { ConnectionContainerModule } from '@theia/core/lib/node/messaging/connection-container-module';
import { ContainerModule, type interfaces } from '@theia/core/shared/inversify';
import { FileSystemWatcherService } from '@theia/filesystem/lib/common/filesystem-watcher-protocol';
import * as path from 'node:path';
import { bindTransferPreferences } from '../common/transfer-preferences';
import { bindEnginePreferences } from '../common/engine-preferences';
import { ENGINE_SERVICE_PATH } from '../common/engine-protocol';
import { MONITOR_SERVICE_PATH, type WindowClient } from '../common/monitor-protocol';
import { TRANSFER_SERVICE_PATH, TransferService } from '../common/transfer-protocol';
import { CommandEndpoint } from './command/command-endpoint';
import { StoreOwner } from './command/store-owner';
import { bindDiagnosis } from './diagnosis/diagnosis-bindings';
import { ConnectCpEngine } from './engines/connect-cp-engine';
import { EngineRegistry } from './engine-registry';
import { bindLogs } from './logs/log-bindings';
import { AscpEngine } from './engines/ascp-engine';
import { HomeWatch } from './home-watch';
import { HttpsEngine } from './engines/https-engine';
import { bindManifests } from './manifests/manifest-bindings';
import { MonitorWindow } from './monitor-window';
import { bindNetwork } from './network/network-bindings';
import { bindPower } from './power/power-bindings';
import { StagingArea } from './staging-area';
import { StagingEndpoint } from './staging-endpoint';
import { TransferLauncher } from './transfer-launcher';
import { TransferServiceImpl } from './transfer-service';
import { TransferWindow } from './transfer-window';

function bindEngines(bind: interfaces.Bind): void {
    bindRootContributionProvider(bind, TransferEngine);
    bind(EngineRegistry).toSelf().inSingletonScope();
    bind(BackendApplicationContribution).toService(EngineRegistry);
    bind(ConnectCpEngine).toSelf().inSingletonScope();
    bind(TransferEngine).toService(ConnectCpEngine);
    bind(AscpEngine).toSelf().inSingletonScope();
    bind(TransferEngine).toService(AscpEngine);
    bind(HttpsEngine).toSelf().inSingletonScope();
    bind(TransferEngine).toService(HttpsEngine);
}

function bindStaging(bind: interfaces.Bind): void {
    bind(StagingArea)
        .toDynamicValue(({ container }) => {
            const home = container.get(ConnectHome);
            return new StagingArea(path.join(home.root, 'staging'), systemClock);
        })
        .inSingletonScope();
    bind(StagingEndpoint).toSelf().inSingletonScope();
    bind(BackendApplicationContribution).toService(StagingEndpoint);
}

function bindService(bind: interfaces.Bind): void {
    bind(TransferLauncher).toSelf().inSingletonScope();
    bind(TransferServiceImpl).toSelf().inSingletonScope();
    bind(TransferService).toService(TransferServiceImpl);
    bind(BackendApplicationContribution).toService(TransferServiceImpl);
    bind(ConnectionContainerModule).toConstantValue(windowModule());
}

/** What each window has for itself: list and monitors, of which it is told together; it ends with the connection. */
function windowModule(): ContainerModule {
    return ConnectionContainerModule.create(({ bind }) => {
        bind(MonitorWindow)
            .toDynamicValue(({ container }) => {
                const service = container.get(TransferServiceImpl);
                return new MonitorWindow(service.monitors, () => service.wake());
            })
            .inSingletonScope();
        bind(TransferWindow)
            .toDynamicValue(({ container }) => new TransferWindow(container.get(MonitorWindow)))
            .inSingletonScope();
        bind(ConnectionHandler)
            .toDynamicValue(
                ({ container }) =>
                    new RpcConnectionHandler<WindowClient>(TRANSFER_SERVICE_PATH, client => {
                        const service = container.get(TransferServiceImpl);
                        const window = container.get(TransferWindow);
                        window.attach(client);
                        service.addWindow(window);
                        client.onDidCloseConnection(() => {
                            service.removeWindow(window);
                            window.dispose();
                        });
                        return exposeToRpc(service);
                    })
            )
            .inSingletonScope();
        bind(ConnectionHandler)
            .toDynamicValue(
                ({ container }) =>
                    new RpcConnectionHandler(MONITOR_SERVICE_PATH, () =>
                        exposeToRpc(container.get(MonitorWindow))
                    )
            )
            .inSingletonScope();
    });
}

/** How the command `connect` reaches this backend. */
function bindCommands(bind: interfaces.Bind): void {
    bind(StoreOwner).toSelf().inSingletonScope();
    bind(CommandEndpoint).toSelf().inSingletonScope();
    bind(BackendApplicationContribution).toService(CommandEndpoint);
}

function bindEngineService(bind: interfaces.Bind): void {
    bind(ConnectionHandler)
        .toDynamicValue(
            ({ container }) =>
                new RpcConnectionHandler(ENGINE_SERVICE_PATH, () =>
                    exposeToRpc(container.get(EngineRegistry))
                )
        )
        .inSingletonScope();
}

export default new ContainerModule((...[bind, , , , , onActivation]) => {
    bindTransferPreferences(bind);
    bindEnginePreferences(bind);
    bindEngines(bind);
    bindStaging(bind);
    bindService(bind);
    bindEngineService(bind);
    bindLogs(bind, onActivation);
    onActivation<FileSystemWatcherService>(
        FileSystemWatcherService,
        ({ container }, watcher) => new HomeWatch(watcher, container.get(ConnectHome).root)
    );
    bindManifests(bind);
    bindCommands(bind);
    bindNetwork(bind);
    bindPower(bind);
    bindDiagnosis(bind);
});
