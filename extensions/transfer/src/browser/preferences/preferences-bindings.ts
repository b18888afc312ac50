import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import { KeybindingContribution } from '@theia/core/lib/browser/keybinding';
import {
    RemoteConnectionProvider,
    type ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import { TabBarToolbarContribution } from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { CommandContribution } from '@theia/core/lib/common/command';
import { bindRootContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { MenuContribution } from '@theia/core/lib/common/menu';
import type { interfaces } from '@theia/core/shared/inversify';
import { NETWORK_SERVICE_PATH, NetworkService } from '../../common/network-protocol';
import { AccountTabs } from './account-tabs';
import { BuiltInTabs } from './built-in-tabs';
import { LogTab } from './log-tab';
import { NetworkTab } from './network-tab';
import { PreferencesContribution } from './preferences-contribution';
import { PreferencesModel } from './preferences-model';
import { PreferencesRefresh } from './preferences-refresh';
import { PreferencesTabContribution } from './preferences-tab';
import { PreferencesWidget } from './preferences-widget';
import { PowerTab } from './power-tab';
import { ScheduleTab } from './schedule-tab';
import '../../../src/browser/style/preferences.css';

/** The part of the frontend module that edits preferences. */
export function bindPreferencesEditor(bind: interfaces.Bind): void {
    bind(NetworkService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            return consumeFromRpc(provider.createProxy<NetworkService>(NETWORK_SERVICE_PATH));
        })
        .inSingletonScope();
    bindRootContributionProvider(bind, PreferencesTabContribution);
    bind(PreferencesRefresh).toSelf().inSingletonScope();
    for (const tabs of [BuiltInTabs, LogTab, AccountTabs, NetworkTab, PowerTab, ScheduleTab]) {
        bind<object>(tabs).toSelf().inSingletonScope();
        bind(PreferencesTabContribution).toService(tabs);
    }
    bind(PreferencesModel).toSelf().inSingletonScope();
    bind(PreferencesWidget).toSelf();
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: PreferencesWidget.ID,
            createWidget: () => container.get(PreferencesWidget)
        }))
        .inSingletonScope();
    bind(PreferencesContribution).toSelf().inSingletonScope();
    for (const contribution of [
        CommandContribution,
        KeybindingContribution,
        MenuContribution,
        TabBarToolbarContribution
    ]) {
        bind(contribution).toService(PreferencesContribution);
    }
}
