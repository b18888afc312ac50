import { bindViewContribution } from '@theia/core/lib/browser/shell/view-contribution';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { ContainerModule } from '@theia/core/shared/inversify';
import { SampleView, SampleViewContribution } from './sample-view';

export default new ContainerModule(bind => {
    bind(SampleView).toSelf();
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: SampleView.ID,
            createWidget: () => container.get(SampleView)
        }))
        .inSingletonScope();
    bindViewContribution(bind, SampleViewContribution);
});
