import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { AboutDialogProps } from '@theia/core/lib/browser/about-dialog';
import { WindowService } from '@theia/core/lib/browser/window/window-service';
import { ApplicationServer } from '@theia/core/lib/common/application-protocol';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { AccountModel } from '@connect/security/lib/browser/account-model';
import { AccountService } from '@connect/security/lib/common/account-protocol';
import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import { ConnectionStatus, ConnectionStatusService } from '@theia/core/lib/browser/connection-status-service';
import { ContextKeyService } from '@theia/core/lib/browser/context-key-service';
import { ContextMenuRenderer } from '@theia/core/lib/browser/context-menu-renderer';
import { KeybindingContribution } from '@theia/core/lib/browser/keybinding';
import { RemoteConnectionProvider } from '@theia/core/lib/browser/messaging/service-connection-provider';
import { OpenerService } from '@theia/core/lib/browser/opener-service';
import { ApplicationShell } from '@theia/core/lib/browser/shell/application-shell';
import { TabBarToolbarContribution } from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import { StatusBar } from '@theia/core/lib/browser/status-bar/status-bar-types';
import { ThemeService } from '@theia/core/lib/browser/theming';
import type { Widget } from '@theia/core/lib/browser/widgets/widget';
import { WidgetFactory, WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { CommandContribution, CommandRegistry, CommandService } from '@theia/core/lib/common/command';
import { EnvVariablesServer } from '@theia/core/lib/common/env-variables';
import { Event } from '@theia/core/lib/common/event';
import { MAIN_MENU_BAR, MenuContribution, MenuModelRegistry } from '@theia/core/lib/common/menu';
import { MessageService } from '@theia/core/lib/common/message-service';
import {
    PreferenceContribution,
    PreferenceSchemaService
} from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { QuickViewService } from '@theia/core/lib/browser/quick-input';
import { QuickInputService, QuickPickService } from '@theia/core/lib/common/quick-pick-service';
import { Container, ContainerModule, type interfaces } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { FileService } from '@theia/filesystem/lib/browser/file-service';
import { expect } from 'chai';
import { ENGINE_SERVICE_PATH } from '../common/engine-protocol';
import { MONITOR_SERVICE_PATH } from '../common/monitor-protocol';
import { NETWORK_SERVICE_PATH } from '../common/network-protocol';
import { TRANSFER_SERVICE_PATH } from '../common/transfer-protocol';
import { DIAGNOSIS_SERVICE_PATH } from '../common/diagnosis/diagnosis-protocol';
import { DiagnosisCommands } from './diagnosis/diagnosis-contribution';
import { DiagnosisWidget } from './diagnosis/diagnosis-widget';
import { MANIFEST_SERVICE_PATH } from '../common/manifest-protocol';
import { ManifestCommands } from './manifests/manifest-contribution';

import { MonitorCommands } from './monitor-contribution';
import { MonitorWidget } from './monitor-widget';
import { PREFERENCES_COMMAND } from './preferences/preferences-contribution';
import { PreferencesModel } from './preferences/preferences-model';
import { PreferencesWidget } from './preferences/preferences-widget';
import { TransferCommands } from './transfer-commands';
import transferModule from './transfer-frontend-module';
import { TRANSFER_CONTEXT_MENU } from './transfer-context-menu';
import { TRANSFER_STATUS_MENU } from './transfer-status';
import { TransferWidget } from './transfer-widget';
disableJSDOM();

describe('transfer frontend module', () => {
    let container: Container;
    /** What the module binds, each once. */
    let bound: Set<interfaces.ServiceIdentifier>;
    const paths: string[] = [];

    before(() => {
        disableJSDOM = enableJSDOM();
        // it belongs to the window, which is a new one
        FrontendApplicationConfigProvider.set({});
        container = new Container();
        bound = new Set();
        container.load(
            new ContainerModule(
                (bind, unbind, isBound, rebind, unbindAsync, onActivation, onDeactivation) => {
                    const noting = <T>(
                        id: interfaces.ServiceIdentifier<T>
                    ): interfaces.BindingToSyntax<T> => {
                        bound.add(id);
                        return bind(id);
                    };
                    void transferModule.registry(
                        noting,
                        unbind,
                        isBound,
                        rebind,
                        unbindAsync,
                        onActivation,
                        onDeactivation
                    );
                }
            )
        );
        bindSurroundings(container, paths);
    });

    after(() => {
        container.unbindAll();
        disableJSDOM();
    });

    it('resolves everything that it binds', () => {
        expect(bound).to.include(TransferWidget).and.include(PreferenceContribution);
        for (const id of bound) {
            for (const made of container.getAll<unknown>(id)) {
                expect(typeof made, String(id)).to.be.oneOf(['object', 'function']);
                if (made instanceof TransferWidget) {
                    made.dispose();
                }
            }
        }
        expect(paths).to.have.members([
            TRANSFER_SERVICE_PATH,
            MONITOR_SERVICE_PATH,
            ENGINE_SERVICE_PATH,
            NETWORK_SERVICE_PATH,
            DIAGNOSIS_SERVICE_PATH,
            MANIFEST_SERVICE_PATH
        ]);
    });

    it('makes the view under the id that layouts keep', async () => {
        const factories = container.getAll<WidgetFactory>(WidgetFactory);
        const list = await factories.find(({ id }) => id === TransferWidget.ID)!.createWidget();
        expect(list).to.be.instanceOf(TransferWidget);
        const monitors = factories.find(({ id }) => id === MonitorWidget.FACTORY_ID)!;
        const monitor = await monitors.createWidget({ jobId: 'j1' });
        expect(monitor).to.be.instanceOf(MonitorWidget).and.have.property('id', MonitorWidget.idOf('j1'));
        const editors = factories.find(({ id }) => id === PreferencesWidget.ID)!;
        const editor = await editors.createWidget();
        expect(editor).to.be.instanceOf(PreferencesWidget);
        const panels = factories.find(({ id }) => id === DiagnosisWidget.FACTORY_ID)!;
        const panel = await panels.createWidget({ kind: 'host', host: 'h' });
        expect(panel).to.be.instanceOf(DiagnosisWidget);
        [list, monitor, editor, panel].forEach(widget => (widget as Widget).dispose());
    });

    it('has the tabs of the guide', () => {
        const tabs = container.get(PreferencesModel).tabs.map(({ label }) => label);
        expect(tabs).to.deep.equal(['General', 'Accounts', 'Transfers', 'Network', 'Bandwidth', 'Security']);
    });

    it('registers every command, and puts no other one on menus, keys and the toolbar', () => {
        const all = {
            ...TransferCommands,
            ...MonitorCommands,
            ...DiagnosisCommands,
            ...ManifestCommands,
            PREFERENCES_COMMAND
        };
        const own: string[] = Object.values(all).map(({ id }) => id);
        const registered: string[] = [];
        const commands = {
            registerCommand: ({ id }: { id: string }) => registered.push(id),
            registerHandler: (id: string) => expect(id).to.equal('core.selectAll')
        };
        const used: string[] = [];
        const keys = { registerKeybinding: (key: { command: string }) => used.push(key.command) };
        const menus = {
            registerSubmenu: () => undefined,
            registerMenuAction: (path: readonly string[], item: { commandId: string }) =>
                path[0] === TRANSFER_CONTEXT_MENU[0] || path[0] === TRANSFER_STATUS_MENU[0]
                    ? used.push(item.commandId)
                    : expect(path[0]).to.equal(MAIN_MENU_BAR[0])
        };
        const toolbar = { registerItem: (item: { command: string }) => used.push(item.command) };
        for (const contribution of container.getAll<CommandContribution>(CommandContribution)) {
            contribution.registerCommands(commands as never);
        }
        for (const contribution of container.getAll<KeybindingContribution>(KeybindingContribution)) {
            contribution.registerKeybindings(keys as never);
        }
        for (const contribution of container.getAll<MenuContribution>(MenuContribution)) {
            contribution.registerMenus(menus as unknown as MenuModelRegistry);
        }
        for (const contribution of container.getAll<TabBarToolbarContribution>(TabBarToolbarContribution)) {
            contribution.registerToolbarItems(toolbar as never);
        }
        expect(registered).to.have.members(own);
        // the key that opens the view belongs to Theia's way of toggling views
        const others = used.filter(id => !own.includes(id));
        expect(others).to.have.length.at.most(1);
        expect(used).to.include(TransferCommands.RETRY.id).and.include(TransferCommands.CLEAR.id);
    });
});

/** What the workbench and the other extensions bring; nothing of it is called when things are made. */
function bindSurroundings(container: Container, paths: string[]): void {
    const queue = { limits: { manual: {}, automatic: {} }, scheduled: false };
    const service = {
        snapshot: async () => ({ revision: 0, jobs: [], queue }),
        open: () => new Promise(() => undefined),
        close: async () => undefined
    };
    const stand = (id: interfaces.ServiceIdentifier, value: object): void => {
        container.bind(id).toConstantValue(value);
    };
    stand(RemoteConnectionProvider, {
        createProxy: (path: string) => {
            paths.push(path);
            return service;
        }
    });
    stand(ApplicationServer, {
        getApplicationInfo: async () => undefined,
        getExtensionsInfos: async () => []
    });
    stand(AboutDialogProps, { title: 'About' });
    stand(ThemeService, { onDidColorThemeChange: Event.None, getCurrentTheme: () => ({ id: 'dark' }) });
    stand(ConnectionStatusService, { currentStatus: ConnectionStatus.ONLINE, onStatusChange: Event.None });
    stand(PreferenceService, {
        onPreferencesChanged: Event.None,
        onPreferenceChanged: Event.None,
        get: () => undefined,
        inspect: () => undefined
    });
    stand(PreferenceSchemaService, { getSchemaProperty: () => ({}), getSchemaProperties: () => new Map() });
    stand(AccountModel, { accounts: [], onDidChange: Event.None });
    for (const id of [
        AccountActions,
        AccountService,
        ApplicationShell,
        ClipboardService,
        CommandRegistry,
        CommandService,
        ContextKeyService,
        ContextMenuRenderer,
        EnvVariablesServer,
        FileDialogService,
        FileService,
        MessageService,
        OpenerService,
        QuickInputService,
        QuickPickService,
        QuickViewService,
        StatusBar,
        WidgetManager,
        WindowService
    ]) {
        stand(id, {});
    }
}
