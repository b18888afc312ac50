import { LOG_NAMES } from '@connect/api';
import { CommonMenus } from '@theia/core/lib/browser/common-menus';
import type { Command, CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import type { MenuContribution, MenuModelRegistry } from '@theia/core/lib/common/menu';
import { inject, injectable } from '@theia/core/shared/inversify';
import { LogChannels } from './log-channels';
import { LogFolderOpener } from './log-folder-opener';

/** Commands about the logs. */
export const LogCommands = {
    OPEN_FOLDER: { id: 'connect.logs.openFolder', category: 'Connect', label: 'Open Log Folder' },
    SHOW: { id: 'connect.logs.show', category: 'Connect', label: 'Show Logs' }
} satisfies Record<string, Command>;

/** Opens the logs and their folder: by command and from the menu *Help*. */
@injectable()
export class LogContribution implements CommandContribution, MenuContribution {
    @inject(LogChannels) protected readonly channels: LogChannels;
    @inject(LogFolderOpener) protected readonly folder: LogFolderOpener;

    registerCommands(registry: CommandRegistry): void {
        registry.registerCommand(LogCommands.OPEN_FOLDER, { execute: () => this.folder.open() });
        registry.registerCommand(LogCommands.SHOW, {
            // an argument names the log; without one it is that of the transfers
            execute: (name?: unknown) => this.channels.show(LOG_NAMES.find(log => log === name) ?? 'transfer')
        });
    }

    registerMenus(menus: MenuModelRegistry): void {
        for (const [place, { id, label }] of [LogCommands.SHOW, LogCommands.OPEN_FOLDER].entries()) {
            menus.registerMenuAction([...CommonMenus.HELP, '0_logs'], {
                commandId: id,
                label,
                order: String(place)
            });
        }
    }
}
