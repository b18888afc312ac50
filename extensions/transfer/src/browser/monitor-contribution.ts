import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import type { KeybindingContribution, KeybindingRegistry } from '@theia/core/lib/browser/keybinding';
import type { Command, CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import type { MenuContribution, MenuModelRegistry } from '@theia/core/lib/common/menu';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable, optional } from '@theia/core/shared/inversify';
import { errorText } from '../common/job-view';
import type { Job } from '../common/transfer-protocol';
import { RemoteSelection } from './remote-selection';
import { LIST_FOCUS } from './transfer-commands';
import { TRANSFER_CONTEXT_MENU } from './transfer-context-menu';
import { TransferSelection } from './transfer-selection';
import { MonitorOpener } from './monitor-opener';
import type { MonitorSection } from './monitor-sections';

/** Commands of monitors; they act on the chosen rows of the list. */
export const MonitorCommands = {
    OPEN: {
        id: 'connect.transfers.openMonitor',
        category: 'Transfer',
        label: 'Open Monitor',
        iconClass: 'codicon codicon-graph-line'
    },
    SHOW_LOG: { id: 'connect.transfers.showLog', category: 'Transfer', label: 'Show Log' },
    COPY_ERROR: { id: 'connect.transfers.copyError', category: 'Transfer', label: 'Copy Error' },
    REVEAL_REMOTE: {
        id: 'connect.transfers.revealRemote',
        category: 'Transfer',
        label: 'Reveal in Remote'
    }
} satisfies Record<string, Command>;

/** More monitors than this are not opened by one key. */
const MOST_AT_ONCE = 8;

/** Opens monitors: by command, key and menu. */
@injectable()
export class MonitorContribution implements CommandContribution, KeybindingContribution, MenuContribution {
    @inject(MonitorOpener) protected readonly opener: MonitorOpener;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(ClipboardService) protected readonly clipboard: ClipboardService;
    @inject(RemoteSelection) @optional() protected readonly remote: RemoteSelection | undefined;

    registerCommands(registry: CommandRegistry): void {
        const openAll = async (section?: MonitorSection): Promise<void> => {
            for (const job of this.selection.jobs.slice(0, MOST_AT_ONCE)) {
                await this.opener.open(job, section);
            }
        };
        registry.registerCommand(MonitorCommands.OPEN, {
            isEnabled: () => this.selection.jobs.length > 0,
            execute: () => openAll()
        });
        registry.registerCommand(MonitorCommands.SHOW_LOG, {
            isEnabled: () => this.selection.jobs.length > 0,
            execute: () => openAll('log')
        });
        registry.registerCommand(MonitorCommands.COPY_ERROR, {
            isEnabled: () => this.selection.jobs.some(job => job.error !== undefined),
            execute: () => this.clipboard.writeText(this.selection.jobs.flatMap(errorOf).join('\n\n'))
        });
        registry.registerCommand(MonitorCommands.REVEAL_REMOTE, {
            isEnabled: () => this.remote !== undefined && this.selection.focused !== undefined,
            execute: () => this.remote?.reveal(remotePlaceOf(this.selection.focused!))
        });
    }

    registerKeybindings(keys: KeybindingRegistry): void {
        keys.registerKeybinding({ command: MonitorCommands.OPEN.id, keybinding: 'enter', when: LIST_FOCUS });
    }

    registerMenus(menus: MenuModelRegistry): void {
        for (const [command, group, order] of [
            [MonitorCommands.OPEN, '1a_monitor', 'a'],
            [MonitorCommands.REVEAL_REMOTE, '1a_monitor', 'b'],
            [MonitorCommands.COPY_ERROR, '1b_error', 'a'],
            [MonitorCommands.SHOW_LOG, '1b_error', 'b']
        ] as const) {
            menus.registerMenuAction([...TRANSFER_CONTEXT_MENU, group], {
                commandId: command.id,
                label: command.label,
                order
            });
        }
    }
}

function errorOf(job: Job): string[] {
    if (!job.error) {
        return [];
    }
    const { summary, remedy } = errorText(job.error);
    return [`${job.name}: ${summary} ${remedy}`];
}

/** Where the job is on the server: what it takes from there, or the folder that it puts its files into. */
function remotePlaceOf(job: Job): URI {
    return new URI(job.direction === 'send' ? job.target : job.sources[0]);
}
