import { bindViewContribution } from '@theia/core/lib/browser';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { ContainerModule } from '@theia/core/shared/inversify';
import { SYNC_VIEW_ID, SyncView, SyncViewContribution } from './sync-view';

export default new ContainerModule(bind => {
    bind(SyncView).toSelf();
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: SYNC_VIEW_ID,
            createWidget: () => container.get(SyncView)
        }))
        .inSingletonScope();
    bindViewContribution(bind, SyncViewContribution);
    bind(FrontendApplicationContribution).toService(SyncViewContribution);
});
