import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import { PreferencesTabContribution } from '@connect/transfer/lib/browser/preferences/preferences-tab';
import { RemoteSelection } from '@connect/transfer/lib/browser/remote-selection';
import { bindViewContribution } from '@theia/core/lib/browser';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { LabelProviderContribution } from '@theia/core/lib/browser/label-provider';
import {
    RemoteConnectionProvider,
    ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import { TabBarToolbarContribution } from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { CommandContribution } from '@theia/core/lib/common/command';
import { ContainerModule, interfaces } from '@theia/core/shared/inversify';
import { FileServiceContribution } from '@theia/filesystem/lib/browser/file-service';
import '../../src/browser/style/remote-view.css';
import { REMOTE_FILE_SERVICE_PATH, RemoteFileService } from '../common/remote-file-protocol';
import { bindRemoteViewPreferences } from '../common/remote-view-preferences';
import { DragTracker } from './drag-tracker';
import { DropHint } from './drop-hint';
import { NavigatorBridge } from './navigator-bridge';
import { RemoteActions } from './remote-actions';
import { RemoteClipboard } from './remote-clipboard';
import { RemoteCommandContribution } from './remote-commands';
import { RemoteFileServiceContribution, RemoteFileSystemProvider } from './remote-file-system-provider';
import { remotePreferences } from './remote-preferences-tab';
import { RemoteLabelProvider } from './remote-label-provider';
import { createRemoteTreeWidget } from './create-remote-tree-widget';
import { REMOTE_TREE_ID } from './remote-tree-widget';
import {
    RemoteContainerFactory,
    RemoteTreeSelection,
    RemoteViewContribution
} from './remote-view-contribution';
import { TransferRefresh } from './transfer-refresh';

export default new ContainerModule(bind => {
    bindRemoteViewPreferences(bind);
    bindRemoteFiles(bind);
    bindView(bind);
    bindDragging(bind);
    bind(PreferencesTabContribution).toConstantValue(remotePreferences);
});

function bindRemoteFiles(bind: interfaces.Bind): void {
    bind(RemoteFileService)
        .toDynamicValue(({ container }) =>
            consumeFromRpc(
                container
                    .get<ServiceConnectionProvider>(RemoteConnectionProvider)
                    .createProxy<RemoteFileService>(REMOTE_FILE_SERVICE_PATH)
            )
        )
        .inSingletonScope();
    bind(RemoteFileSystemProvider).toSelf().inSingletonScope();
    bind(RemoteFileServiceContribution).toSelf().inSingletonScope();
    bind(FileServiceContribution).toService(RemoteFileServiceContribution);
    bind(TransferRefresh).toSelf().inSingletonScope();
    bind(FrontendApplicationContribution).toService(TransferRefresh);
}

function bindView(bind: interfaces.Bind): void {
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: REMOTE_TREE_ID,
            createWidget: () => createRemoteTreeWidget(container)
        }))
        .inSingletonScope();
    bind(RemoteContainerFactory).toSelf().inSingletonScope();
    bind(WidgetFactory).toService(RemoteContainerFactory);
    bindViewContribution(bind, RemoteViewContribution);
    bind(FrontendApplicationContribution).toService(RemoteViewContribution);
    bind(TabBarToolbarContribution).toService(RemoteViewContribution);
    bind(RemoteCommandContribution).toSelf().inSingletonScope();
    bind(CommandContribution).toService(RemoteCommandContribution);
    bind(RemoteLabelProvider).toSelf().inSingletonScope();
    bind(LabelProviderContribution).toService(RemoteLabelProvider);
    bind(RemoteTreeSelection).toSelf().inSingletonScope();
    bind(RemoteSelection).toService(RemoteTreeSelection);
}

function bindDragging(bind: interfaces.Bind): void {
    bind(DragTracker).toSelf().inSingletonScope();
    bind(DropHint).toSelf().inSingletonScope();
    bind(RemoteClipboard).toSelf().inSingletonScope();
    bind(RemoteActions).toSelf().inSingletonScope();
    bind(NavigatorBridge).toSelf().inSingletonScope();
    bind(FrontendApplicationContribution).toService(NavigatorBridge);
    bind(CommandContribution).toService(NavigatorBridge);
}
