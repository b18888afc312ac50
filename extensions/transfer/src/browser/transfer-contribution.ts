import { CommonCommands } from '@theia/core/lib/browser/common-commands';
import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import { ContextKeyService } from '@theia/core/lib/browser/context-key-service';
import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import type { KeybindingRegistry } from '@theia/core/lib/browser/keybinding';
import { AbstractViewContribution } from '@theia/core/lib/browser/shell/view-contribution';
import {
    TabBarToolbarContribution,
    type TabBarToolbarRegistry
} from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import type { CommandRegistry } from '@theia/core/lib/common/command';
import type { MenuModelRegistry } from '@theia/core/lib/common/menu';
import { MessageService } from '@theia/core/lib/common/message-service';
import { inject, injectable, optional } from '@theia/core/shared/inversify';
import { canDo, errorText, mainAction, placesOf, progressText, stateView } from '../common/job-view';
import { isAtRest } from '../common/job-lifecycle';
import type { Job } from '../common/transfer-protocol';
import { EngineCommands } from './engine-commands';
import { FolderOpener } from './folder-opener';
import { QueueCommands } from './queue-commands';
import { RemoteSelection } from './remote-selection';
import { TransferActions } from './transfer-actions';
import { TransferClientModel } from './transfer-client-model';
import { ACTION_COMMANDS, LIST_FOCUS, TransferCommands } from './transfer-commands';
import { TransferSelection } from './transfer-selection';
import { registerTransferMenu } from './transfer-menu';
import { TransferWidget } from './transfer-widget';

/** View, commands, menus, keys and status of transfers. */
@injectable()
export class TransferContribution
    extends AbstractViewContribution<TransferWidget>
    implements FrontendApplicationContribution, TabBarToolbarContribution
{
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(TransferActions) protected readonly actions: TransferActions;
    @inject(QueueCommands) protected readonly queueCommands: QueueCommands;
    @inject(EngineCommands) protected readonly engineCommands: EngineCommands;
    @inject(FolderOpener) protected readonly folders: FolderOpener;
    @inject(ClipboardService) protected readonly clipboard: ClipboardService;
    @inject(ContextKeyService) protected readonly contextKeys: ContextKeyService;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(RemoteSelection) @optional() protected readonly remote: RemoteSelection | undefined;

    constructor() {
        super({
            widgetId: TransferWidget.ID,
            widgetName: TransferWidget.LABEL,
            defaultWidgetOptions: { area: 'bottom', rank: 10 },
            toggleCommandId: TransferCommands.SHOW.id,
            toggleKeybinding: 'ctrlcmd+alt+t'
        });
    }

    onStart(): void {
        const focus = this.contextKeys.createKey<boolean>(LIST_FOCUS, false);
        const follow = (): void => {
            const active = document.activeElement;
            focus.set(active?.closest('.connect-transfer-list') !== null && active !== null);
        };
        document.addEventListener('focusin', follow);
        document.addEventListener('focusout', follow);
    }

    async initializeLayout(): Promise<void> {
        await this.openView({ reveal: true });
    }

    override registerCommands(registry: CommandRegistry): void {
        // the view is toggled under a title of the category that all activity views share
        registry.registerCommand(TransferCommands.SHOW, {
            execute: () => this.openView({ activate: true, reveal: true })
        });
        this.registerRemoteCommands(registry);
        for (const [command, action] of ACTION_COMMANDS) {
            registry.registerCommand(command, {
                isEnabled: () => this.selection.jobs.some(job => canDo(job, action)),
                execute: () =>
                    this.actions.perform(
                        action,
                        this.selection.jobs.filter(job => canDo(job, action))
                    )
            });
        }
        this.queueCommands.register(registry);
        this.engineCommands.register(registry);
        registry.registerCommand(TransferCommands.TOGGLE, {
            isEnabled: () => this.selection.jobs.some(job => mainAction(job) !== undefined),
            execute: () => this.toggle()
        });
        registry.registerCommand(TransferCommands.OPEN_FOLDER, {
            isEnabled: () => this.selection.focused !== undefined,
            execute: () => this.folders.open(this.selection.focused!)
        });
        registry.registerCommand(TransferCommands.COPY_DETAILS, {
            isEnabled: () => this.selection.jobs.length > 0,
            execute: () => this.clipboard.writeText(this.selection.jobs.map(detailsOf).join('\n\n'))
        });
        // the key of this one never reaches the list: Theia takes it, and would choose the texts of the whole page
        registry.registerHandler(CommonCommands.SELECT_ALL.id, {
            isEnabled: () => this.contextKeys.match(LIST_FOCUS),
            execute: () => this.selection.selectAll()
        });
        registry.registerCommand(TransferCommands.CLEAR, {
            isEnabled: () => this.model.jobs.some(job => isAtRest(job.state)),
            execute: () => this.model.clearFinished()
        });
    }

    override registerMenus(menus: MenuModelRegistry): void {
        super.registerMenus(menus);
        registerTransferMenu(menus);
    }

    override registerKeybindings(keys: KeybindingRegistry): void {
        super.registerKeybindings(keys);
        keys.registerKeybinding({ command: TransferCommands.UPLOAD.id, keybinding: 'ctrlcmd+alt+u' });
        keys.registerKeybinding({ command: TransferCommands.DOWNLOAD.id, keybinding: 'ctrlcmd+alt+d' });
        const inList: ReadonlyArray<readonly [string, string]> = [
            [TransferCommands.TOGGLE.id, 'space'],
            [TransferCommands.REMOVE.id, 'delete'],
            [TransferCommands.START_NOW.id, 'ctrlcmd+enter'],
            [TransferCommands.MOVE_UP.id, 'alt+up'],
            [TransferCommands.MOVE_DOWN.id, 'alt+down'],
            [TransferCommands.COPY_DETAILS.id, 'ctrlcmd+c']
        ];
        for (const [command, keybinding] of inList) {
            keys.registerKeybinding({ command, keybinding, when: LIST_FOCUS });
        }
    }

    registerToolbarItems(toolbar: TabBarToolbarRegistry): void {
        toolbar.registerItem({
            id: TransferCommands.CLEAR.id,
            command: TransferCommands.CLEAR.id,
            icon: 'codicon codicon-clear-all',
            tooltip: TransferCommands.CLEAR.label,
            onDidChange: this.model.onDidChange,
            isVisible: widget => widget instanceof TransferWidget
        });
        for (const command of [TransferCommands.PAUSE_ALL, TransferCommands.RESUME_ALL]) {
            toolbar.registerItem({
                id: command.id,
                command: command.id,
                icon: command.iconClass,
                tooltip: command.label,
                onDidChange: this.model.onDidChange,
                isVisible: widget =>
                    widget instanceof TransferWidget &&
                    (command === TransferCommands.RESUME_ALL) === (this.model.queue.paused !== undefined)
            });
        }
    }

    private registerRemoteCommands(registry: CommandRegistry): void {
        registry.registerCommand(TransferCommands.UPLOAD, {
            execute: async () => {
                const folder = this.remote?.folder;
                if (folder) {
                    await this.actions.chooseAndUpload(folder);
                } else {
                    void this.messages.info(
                        'Choose the folder of an account in the remote view first: files are uploaded there.'
                    );
                }
            }
        });
        registry.registerCommand(TransferCommands.DOWNLOAD, {
            isEnabled: () => (this.remote?.items.length ?? 0) > 0,
            execute: () => this.actions.download(this.remote?.items ?? [])
        });
    }

    /** The space bar: what runs is stopped; only when nothing of the choice can be resumed. */
    private async toggle(): Promise<void> {
        const { jobs } = this.selection;
        for (const action of ['resume', 'retry', 'stop'] as const) {
            const able = jobs.filter(job => mainAction(job) === action);
            if (able.length > 0) {
                await this.actions.perform(action, able);
                return;
            }
        }
    }
}

/** What a person sends to somebody who is to help. */
function detailsOf(job: Job): string {
    const { from, to } = placesOf(job);
    const lines = [
        `${job.name}: ${job.direction === 'send' ? 'upload' : 'download'}, ${from} -> ${to}`,
        `State: ${stateView(job, job.retryAtMs ?? 0, job.attempt).text}`,
        `Progress: ${progressText(job)}`
    ];
    if (job.error) {
        const { summary, remedy } = errorText(job.error);
        lines.push(`Error: ${summary}`, `Remedy: ${remedy}`);
    }
    return lines.join('\n');
}
