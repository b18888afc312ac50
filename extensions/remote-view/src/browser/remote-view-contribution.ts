import { AccountCommands } from '@connect/security/lib/browser/account-contribution';
import { DiagnosisCommands } from '@connect/transfer/lib/browser/diagnosis/diagnosis-contribution';
import { RemoteSelection } from '@connect/transfer/lib/browser/remote-selection';
import {
    AbstractViewContribution,
    codicon,
    ContextMenuRenderer,
    ViewContainer,
    Widget
} from '@theia/core/lib/browser';
import { ContextKeyService } from '@theia/core/lib/browser/context-key-service';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { KeybindingRegistry } from '@theia/core/lib/browser/keybinding';
import {
    TabBarToolbarContribution,
    TabBarToolbarRegistry
} from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import { WidgetFactory, WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { Command } from '@theia/core/lib/common/command';
import { MenuModelRegistry } from '@theia/core/lib/common/menu';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import { FileStatNode } from '@theia/filesystem/lib/browser';
import { FileNavigatorContribution } from '@theia/navigator/lib/browser/navigator-contribution';
import { RemoteCommandContribution, RemoteCommands } from './remote-commands';
import { isAccountNode } from './remote-tree';
import { REMOTE_CONTEXT_MENU, REMOTE_TREE_ID, RemoteTreeWidget } from './remote-tree-widget';

export const REMOTE_CONTAINER_ID = 'connect.remote';
const LABEL = 'Remote';
const TOGGLE = 'connect.remote.toggle';
/** In pixels: room for names and sizes, but never more than a part of a small window. */
const INITIAL_WIDTH = 420;
const INITIAL_PART = 0.3;
/** True while the keyboard works in the Remote view. */
const FOCUS_KEY = 'connectRemoteFocus';

/** The item in the side bar: a container, so that more views can stand beside the accounts. */
@injectable()
export class RemoteContainerFactory implements WidgetFactory {
    readonly id = REMOTE_CONTAINER_ID;
    @inject(ViewContainer.Factory) protected readonly createContainer: ViewContainer.Factory;
    @inject(WidgetManager) protected readonly widgets: WidgetManager;

    async createWidget(): Promise<ViewContainer> {
        const container = this.createContainer({
            id: REMOTE_CONTAINER_ID,
            progressLocationId: 'connect-remote'
        });
        container.setTitleOptions({ label: LABEL, iconClass: codicon('cloud'), closeable: true });
        const tree = await this.widgets.getOrCreateWidget(REMOTE_TREE_ID);
        container.addWidget(tree, { order: 0, canHide: false, initiallyCollapsed: false });
        return container;
    }
}

/** The Remote view: where it sits, its menus, its keys and its toolbar. */
@injectable()
export class RemoteViewContribution
    extends AbstractViewContribution<RemoteTreeWidget>
    implements FrontendApplicationContribution, TabBarToolbarContribution
{
    @inject(ContextKeyService) protected readonly contextKeys: ContextKeyService;
    @inject(ContextMenuRenderer) protected readonly contextMenus: ContextMenuRenderer;
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(FileNavigatorContribution) protected readonly explorer: FileNavigatorContribution;
    @inject(RemoteCommandContribution) protected readonly remoteCommands: RemoteCommandContribution;

    constructor() {
        super({
            viewContainerId: REMOTE_CONTAINER_ID,
            widgetId: REMOTE_TREE_ID,
            widgetName: LABEL,
            // On the side that the local files are not: what is dragged from one to the other must see both at once.
            defaultWidgetOptions: { area: 'right', rank: 100 },
            toggleCommandId: TOGGLE,
            toggleKeybinding: 'ctrlcmd+alt+b'
        });
    }

    initialize(): void {
        const key = this.contextKeys.createKey<boolean>(FOCUS_KEY, false);
        this.widgets.onDidCreateWidget(({ factoryId, widget }) => {
            if (factoryId === REMOTE_TREE_ID && widget instanceof RemoteTreeWidget) {
                widget.node.addEventListener('focusin', () => key.set(true));
                widget.node.addEventListener('focusout', () => key.set(false));
                widget.node.addEventListener('keydown', event => this.openMenuByKey(widget, event));
                widget.model.onOpenNode(node => {
                    if (FileStatNode.is(node) && !node.fileStat.isDirectory) {
                        void this.remoteCommands.openReported([node]);
                    }
                });
            }
        });
    }

    /** The menu key and Shift+F10 open the menu of the chosen row; Theia's trees open it for the mouse alone. */
    private openMenuByKey(tree: RemoteTreeWidget, event: KeyboardEvent): void {
        const [node] = tree.model.selectedNodes;
        const isMenuKey = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
        if (!node || !isMenuKey) {
            return;
        }
        event.preventDefault();
        event.stopPropagation();
        const row = tree.node.querySelector('.theia-TreeNode.theia-mod-focus') ?? tree.node;
        const { left, bottom } = row.getBoundingClientRect();
        this.contextMenus.render({
            menuPath: REMOTE_CONTEXT_MENU,
            anchor: { x: left, y: bottom },
            context: tree.node,
            args: tree.toContextMenuArgs(node)
        });
    }

    async initializeLayout(): Promise<void> {
        // Local files beside remote ones: that is what the workbench is for.
        await this.explorer.openView({ reveal: true });
        await this.openView({ reveal: true });
        this.shell.resize(Math.min(INITIAL_WIDTH, window.innerWidth * INITIAL_PART), 'right');
    }

    /** The key goes to the view; only for who is there already it hides it. */
    override async toggleView(): Promise<RemoteTreeWidget> {
        const { currentWidget } = this.shell;
        const isThere = currentWidget !== undefined && currentWidget === this.tryGetWidget();
        return this.openView({ toggle: isThere, activate: true, reveal: true });
    }

    override registerMenus(menus: MenuModelRegistry): void {
        super.registerMenus(menus);
        const groups: ReadonlyArray<readonly [string, readonly Command[]]> = [
            ['1_open', [RemoteCommands.OPEN]],
            ['2_transfer', [RemoteCommands.DOWNLOAD, RemoteCommands.DOWNLOAD_TO, RemoteCommands.UPLOAD]],
            ['3_new', [RemoteCommands.NEW_FOLDER, RemoteCommands.NEW_FILE]],
            ['4_edit', [RemoteCommands.RENAME, RemoteCommands.DELETE]],
            [
                '5_clipboard',
                [RemoteCommands.COPY, RemoteCommands.CUT, RemoteCommands.PASTE, RemoteCommands.COPY_PATH]
            ],
            ['6_refresh', [RemoteCommands.REFRESH]],
            [
                '7_account',
                [
                    AccountCommands.EDIT,
                    AccountCommands.FORGET,
                    AccountCommands.REMOVE,
                    AccountCommands.ADD,
                    DiagnosisCommands.TEST
                ]
            ]
        ];
        for (const [group, commands] of groups) {
            commands.forEach((command, index) =>
                menus.registerMenuAction([...REMOTE_CONTEXT_MENU, group], {
                    commandId: command.id,
                    label: command.label,
                    order: String(index)
                })
            );
        }
    }

    override registerKeybindings(keybindings: KeybindingRegistry): void {
        super.registerKeybindings(keybindings);
        const keys: ReadonlyArray<readonly [Command, string]> = [
            [RemoteCommands.REFRESH, 'f5'],
            [RemoteCommands.RENAME, 'f2'],
            [RemoteCommands.NEW_FOLDER, 'f7'],
            [RemoteCommands.DELETE, 'delete']
        ];
        for (const [command, keybinding] of keys) {
            keybindings.registerKeybinding({ command: command.id, keybinding, when: FOCUS_KEY });
        }
    }

    registerToolbarItems(toolbar: TabBarToolbarRegistry): void {
        const isVisible = (widget?: Widget): boolean => widget instanceof RemoteTreeWidget;
        const items: ReadonlyArray<readonly [Command, string, string]> = [
            [AccountCommands.ADD, codicon('add'), 'Add Account…'],
            [RemoteCommands.REFRESH, codicon('refresh'), 'Refresh'],
            [RemoteCommands.COLLAPSE, codicon('collapse-all'), 'Collapse Folders']
        ];
        items.forEach(([command, icon, tooltip], priority) =>
            toolbar.registerItem({
                id: `toolbar.${command.id}`,
                command: command.id,
                icon,
                tooltip,
                priority,
                isVisible
            })
        );
    }
}

/** What transfer's own commands ask about. */
@injectable()
export class RemoteTreeSelection implements RemoteSelection {
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(RemoteViewContribution) protected readonly view: RemoteViewContribution;

    get items(): readonly URI[] {
        const chosen = this.tree?.selectedFiles ?? [];
        return chosen.filter(node => !isAccountNode(node)).map(node => node.uri);
    }

    get folder(): URI | undefined {
        const { tree } = this;
        return tree?.model.folderOf(tree.model.selectedNodes[0])?.uri;
    }

    async reveal(uri: URI): Promise<void> {
        const tree = await this.view.openView({ activate: true });
        await tree.model.reveal(uri);
    }

    private get tree(): RemoteTreeWidget | undefined {
        return this.widgets.tryGetWidget<RemoteTreeWidget>(REMOTE_TREE_ID);
    }
}
