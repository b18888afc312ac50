import type { Command } from '@theia/core/lib/common/command';
import type { MenuModelRegistry } from '@theia/core/lib/common/menu';
import { TransferCommands } from './transfer-commands';
import { TRANSFER_CONTEXT_MENU } from './transfer-context-menu';

/** Groups of the menu of a row, in their order. Monitors, manifests and the diagnosis add to them. */
const GROUPS: ReadonlyArray<readonly [string, readonly Command[]]> = [
    [
        '1_group',
        [
            TransferCommands.START_NOW,
            TransferCommands.STOP,
            TransferCommands.RESUME,
            TransferCommands.RETRY,
            TransferCommands.RESTART,
            TransferCommands.EXISTING
        ]
    ],
    ['1a_monitor', [TransferCommands.OPEN_FOLDER]],
    ['1b_error', [TransferCommands.COPY_DETAILS]],
    ['2_queue', [TransferCommands.LIMIT_RATE, TransferCommands.CHOOSE_ENGINE]],
    ['3_list', [TransferCommands.REMOVE, TransferCommands.CLEAR]],
    ['4_all', [TransferCommands.PAUSE_ALL, TransferCommands.PAUSE_HOUR, TransferCommands.RESUME_ALL]]
];

/** Menus within the group of the queue. Their items say in the palette what they are about, and here only which one. */
const SUBMENUS: ReadonlyArray<readonly [string, string, ReadonlyArray<readonly [Command, string]>]> = [
    [
        '0_priority',
        'Priority',
        [
            [TransferCommands.PRIORITY_HIGH, 'High'],
            [TransferCommands.PRIORITY_NORMAL, 'Normal'],
            [TransferCommands.PRIORITY_LOW, 'Low']
        ]
    ],
    [
        '1_place',
        'Place in Queue',
        [
            [TransferCommands.MOVE_UP, 'Up'],
            [TransferCommands.MOVE_DOWN, 'Down'],
            [TransferCommands.MOVE_TOP, 'To Top'],
            [TransferCommands.MOVE_BOTTOM, 'To Bottom'],
            [TransferCommands.MOVE_TO, 'To Place…']
        ]
    ]
];

/** The menu of a row of the list of transfers. */
export function registerTransferMenu(menus: MenuModelRegistry): void {
    for (const [group, commands] of GROUPS) {
        commands.forEach(({ id, label }, place) =>
            menus.registerMenuAction([...TRANSFER_CONTEXT_MENU, group], {
                commandId: id,
                label,
                // after what others put first
                order: `c${place}`
            })
        );
    }
    for (const [name, title, items] of SUBMENUS) {
        const path = [...TRANSFER_CONTEXT_MENU, '2_queue', name];
        menus.registerSubmenu(path, title, { sortString: name });
        items.forEach(([{ id }, label], place) =>
            menus.registerMenuAction(path, { commandId: id, label, order: String(place) })
        );
    }
}
