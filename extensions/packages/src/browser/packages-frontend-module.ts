import { bindViewContribution } from '@theia/core/lib/browser';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { ContainerModule } from '@theia/core/shared/inversify';
import { PACKAGES_VIEW_ID, PackagesView, PackagesViewContribution } from './packages-view';

export default new ContainerModule(bind => {
    bind(PackagesView).toSelf();
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: PACKAGES_VIEW_ID,
            createWidget: () => container.get(PackagesView)
        }))
        .inSingletonScope();
    bindViewContribution(bind, PackagesViewContribution);
    bind(FrontendApplicationContribution).toService(PackagesViewContribution);
});
