import { CommonMenus } from '@theia/core/lib/browser/common-menus';
import type { KeybindingContribution, KeybindingRegistry } from '@theia/core/lib/browser/keybinding';
import { ApplicationShell } from '@theia/core/lib/browser/shell/application-shell';
import type {
    TabBarToolbarContribution,
    TabBarToolbarRegistry
} from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import type { Command, CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import type { MenuContribution, MenuModelRegistry } from '@theia/core/lib/common/menu';
import { inject, injectable } from '@theia/core/shared/inversify';
import { TransferWidget } from '../transfer-widget';
import { PreferencesWidget } from './preferences-widget';

/** Opens the editor; takes the id of a tab as its argument. */
export const PREFERENCES_COMMAND: Command = {
    id: 'connect.preferences.open',
    category: 'Connect',
    label: 'Preferences',
    iconClass: 'codicon codicon-settings-gear'
};

/** Command, key, menu and button that open the editor of preferences. */
@injectable()
export class PreferencesContribution
    implements CommandContribution, KeybindingContribution, MenuContribution, TabBarToolbarContribution
{
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(ApplicationShell) protected readonly shell: ApplicationShell;

    registerCommands(registry: CommandRegistry): void {
        registry.registerCommand(PREFERENCES_COMMAND, {
            execute: (tab?: unknown) => this.open(typeof tab === 'string' ? tab : undefined)
        });
    }

    registerKeybindings(keys: KeybindingRegistry): void {
        keys.registerKeybinding({ command: PREFERENCES_COMMAND.id, keybinding: 'ctrlcmd+alt+p' });
    }

    registerMenus(menus: MenuModelRegistry): void {
        menus.registerMenuAction(CommonMenus.FILE_SETTINGS_SUBMENU_OPEN, {
            commandId: PREFERENCES_COMMAND.id,
            label: 'Connect Preferences',
            order: 'a00'
        });
    }

    registerToolbarItems(toolbar: TabBarToolbarRegistry): void {
        toolbar.registerItem({
            id: PREFERENCES_COMMAND.id,
            command: PREFERENCES_COMMAND.id,
            icon: PREFERENCES_COMMAND.iconClass,
            tooltip: 'Connect Preferences',
            priority: 1,
            isVisible: widget => widget instanceof TransferWidget
        });
    }

    /** @param tab id of one; the one that was open last when it is left out */
    async open(tab?: string): Promise<void> {
        const widget = await this.widgets.getOrCreateWidget<PreferencesWidget>(PreferencesWidget.ID);
        if (tab !== undefined) {
            widget.choose(tab);
        }
        if (!widget.isAttached) {
            await this.shell.addWidget(widget, { area: 'main' });
        }
        await this.shell.activateWidget(widget.id);
    }
}
