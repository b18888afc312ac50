import { systemClock } from '@connect/base';
import { ContextMenuRenderer } from '@theia/core/lib/browser/context-menu-renderer';
import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { StatusBar, StatusBarAlignment } from '@theia/core/lib/browser/status-bar/status-bar-types';
import type { MenuContribution, MenuModelRegistry } from '@theia/core/lib/common/menu';
import { inject, injectable } from '@theia/core/shared/inversify';
import { queueText, summaryText } from '../common/job-view';
import { Paced } from '../common/paced';
import type { QueueStatus } from '../common/transfer-protocol';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';

const STATUS_ID = 'connect-transfers-status';
/** Of the element that Theia makes for it. */
const ELEMENT_ID = `status-bar-${STATUS_ID}`;
/** Figures that change faster cannot be read. */
const INTERVAL_MS = 500;

/** Menu of the status of transfers. */
export const TRANSFER_STATUS_MENU = ['connect-transfer-status-menu'];

/** How the transfers do, in the status bar: how many run, at which rates, what waits, a pause, limits. */
@injectable()
export class TransferStatus implements FrontendApplicationContribution, MenuContribution {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(StatusBar) protected readonly statusBar: StatusBar;
    @inject(ContextMenuRenderer) protected readonly menus: ContextMenuRenderer;

    private readonly paced = new Paced(systemClock, INTERVAL_MS, () => this.show());
    private shown = '';

    onStart(): void {
        this.model.onDidChange(() => this.paced.request());
        this.paced.request();
        // the bar has no menus for its elements
        document.addEventListener('contextmenu', this.openMenu, true);
    }

    onStop(): void {
        this.paced.dispose();
        document.removeEventListener('contextmenu', this.openMenu, true);
    }

    registerMenus(menus: MenuModelRegistry): void {
        const groups = [
            [TransferCommands.SHOW],
            [TransferCommands.PAUSE_ALL, TransferCommands.PAUSE_HOUR, TransferCommands.RESUME_ALL],
            [TransferCommands.CLEAR]
        ];
        groups.forEach((commands, group) =>
            commands.forEach(({ id, label }, place) =>
                menus.registerMenuAction([...TRANSFER_STATUS_MENU, `${group}_group`], {
                    commandId: id,
                    label,
                    order: String(place)
                })
            )
        );
    }

    private readonly openMenu = (event: MouseEvent): void => {
        const element = event.target instanceof Element ? event.target.closest(`#${ELEMENT_ID}`) : undefined;
        if (element) {
            event.preventDefault();
            event.stopPropagation();
            this.menus.render({
                menuPath: TRANSFER_STATUS_MENU,
                anchor: { x: event.clientX, y: event.clientY },
                context: element as HTMLElement
            });
        }
    };

    private show(): void {
        const { summary, queue } = this.model;
        const facts = [summaryText(summary), queueText(queue, timeOfDay)].filter(part => part !== '');
        const icon = summary.attention > 0 ? 'warning' : isHeld(queue) ? 'debug-pause' : 'arrow-swap';
        const text = facts.length === 0 ? '' : `$(${icon}) ${facts.join(' · ')}`;
        if (text === this.shown) {
            return;
        }
        this.shown = text;
        if (text === '') {
            void this.statusBar.removeElement(STATUS_ID);
            return;
        }
        void this.statusBar.setElement(STATUS_ID, {
            text,
            name: 'Transfers',
            tooltip: 'Show Transfers',
            alignment: StatusBarAlignment.LEFT,
            priority: 50,
            command: TransferCommands.SHOW.id,
            accessibilityInformation: { label: `Transfers: ${facts.join(' · ')}`, role: 'button' }
        });
    }
}

/** Nothing starts by itself. */
function isHeld({ paused, power }: QueueStatus): boolean {
    return paused !== undefined || power?.waits.some(({ which }) => which === 'all') === true;
}

function timeOfDay(epochMs: number): string {
    return new Date(epochMs).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' });
}
