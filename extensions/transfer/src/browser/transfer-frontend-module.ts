import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import {
    RemoteConnectionProvider,
    type ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import { bindViewContribution } from '@theia/core/lib/browser/shell/view-contribution';
import { TabBarToolbarContribution } from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { MenuContribution } from '@theia/core/lib/common/menu';
import { ContainerModule, type interfaces } from '@theia/core/shared/inversify';
import { bindTransferPreferences } from '../common/transfer-preferences';
import { TRANSFER_SERVICE_PATH, TransferService } from '../common/transfer-protocol';
import { DesktopNotifier } from './desktop-notifier';
import { DesktopUpload } from './desktop-upload';
import { bindEngines } from './engine-bindings';
import { FolderOpener } from './folder-opener';
import { bindManifests } from './manifests/manifest-bindings';
import { bindDiagnosis } from './diagnosis/diagnosis-frontend-module';
import { bindMonitors } from './monitor-bindings';
import { bindPreferencesEditor } from './preferences/preferences-bindings';
import { QueueCommands } from './queue-commands';
import { StagingClient } from './staging-client';
import '../../src/browser/style/transfer.css';
import { askAboutFile, AskAboutFile, ExistingFileQuestions } from './existing-file-questions';
import { TransferActions } from './transfer-actions';
import { TransferClientModel, TransferClientTarget } from './transfer-client-model';
import { TransferContribution } from './transfer-contribution';
import { TransferNotifications } from './transfer-notifications';
import { TransferSelection } from './transfer-selection';
import { TransferStatus } from './transfer-status';
import { TransferWidget } from './transfer-widget';

function bindModel(bind: interfaces.Bind): void {
    bind(TransferClientTarget).toSelf().inSingletonScope();
    bind(TransferService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            const target = container.get(TransferClientTarget);
            return consumeFromRpc(provider.createProxy<TransferService>(TRANSFER_SERVICE_PATH, target));
        })
        .inSingletonScope();
    bind(TransferClientModel).toSelf().inSingletonScope();
}

function bindActions(bind: interfaces.Bind): void {
    bind(StagingClient).toSelf().inSingletonScope();
    bind(DesktopUpload).toSelf().inSingletonScope();
    bind(TransferActions).toSelf().inSingletonScope();
    bind(ExistingFileQuestions).toSelf().inSingletonScope();
    bind(AskAboutFile).toConstantValue(askAboutFile);
    bind(TransferSelection).toSelf().inSingletonScope();
    bind(FolderOpener).toSelf().inSingletonScope();
    bind(QueueCommands).toSelf().inSingletonScope();
}

function bindView(bind: interfaces.Bind): void {
    bind(TransferWidget).toSelf();
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: TransferWidget.ID,
            createWidget: () => container.get(TransferWidget)
        }))
        .inSingletonScope();
    bindViewContribution(bind, TransferContribution);
    bind(FrontendApplicationContribution).toService(TransferContribution);
    bind(TabBarToolbarContribution).toService(TransferContribution);
    bind(TransferStatus).toSelf().inSingletonScope();
    bind(FrontendApplicationContribution).toService(TransferStatus);
    bind(MenuContribution).toService(TransferStatus);
    bind(DesktopNotifier).toSelf().inSingletonScope();
    bind(TransferNotifications).toSelf().inSingletonScope();
    bind(FrontendApplicationContribution).toService(TransferNotifications);
}

export default new ContainerModule((bind, _unbind, isBound, rebind) => {
    bindTransferPreferences(bind);
    bindModel(bind);
    bindActions(bind);
    bindView(bind);
    bindMonitors(bind);
    bindManifests(bind);
    bindEngines(bind, isBound, rebind);
    bindPreferencesEditor(bind);
    bindDiagnosis(bind);
});
