import { bindViewContribution } from '@theia/core/lib/browser/shell/view-contribution';
import { PreferencesTabContribution } from '@connect/transfer/lib/browser/preferences/preferences-tab';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { PreferenceContribution } from '@theia/core/lib/common/preferences/preference-schema';
import { ContainerModule } from '@theia/core/shared/inversify';
import { samplePreferences, samplePreferenceSchema } from './sample-preferences';
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
    bind(PreferenceContribution).toConstantValue({ schema: samplePreferenceSchema });
    bind(PreferencesTabContribution).toConstantValue(samplePreferences);
});
