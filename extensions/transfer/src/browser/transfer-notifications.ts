import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { CommandService } from '@theia/core/lib/common/command';
import { MessageService } from '@theia/core/lib/common/message-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { NoticeBatch, type Notice, type NoticeSwitches } from '../common/notice-batch';
import { selectRow } from '../common/row-selection';
import { TransferPreferences } from '../common/transfer-preferences';
import { DesktopNotifier, type DesktopRefusal } from './desktop-notifier';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferSelection } from './transfer-selection';
import { TransferWidget } from './transfer-widget';

/** Good news goes by itself. */
const GOOD_NEWS_MS = 8_000;
const SHOW = 'Show Transfers';
const DESKTOP = 'connect.notifications.desktop';

const REFUSALS: Readonly<Record<DesktopRefusal, string>> = {
    unsupported:
        'This browser shows no desktop notifications here: it wants the workbench to be opened over HTTPS or on this computer. Notifications stay in the window.',
    denied: 'The browser does not allow desktop notifications: allow them for this address in its settings. Till then they stay in the window.',
    undecided: 'Desktop notifications were not allowed: notifications stay in the window.'
};

/**
 * Tells what became of transfers, unless the list of them is in sight, which tells it better. Who looks at something
 * else than this window is told by the system, where that was allowed.
 */
@injectable()
export class TransferNotifications implements FrontendApplicationContribution {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(CommandService) protected readonly commands: CommandService;
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(DesktopNotifier) protected readonly desktop: DesktopNotifier;

    private readonly batch = new NoticeBatch();

    onStart(): void {
        this.model.onDidChangeJobState(job => this.batch.take(job));
        this.model.onDidChange(() => void this.tell());
        this.preferences.onPreferenceChanged(({ preferenceName }) => {
            // of several windows the one in which it was switched on has the focus, and the click that asking takes
            if (preferenceName === DESKTOP && this.preferences[DESKTOP] && document.hasFocus()) {
                void this.ask();
            }
        });
    }

    private async ask(): Promise<void> {
        const refusal = await this.desktop.ask();
        if (refusal !== undefined) {
            await this.messages.warn(REFUSALS[refusal]);
        }
    }

    private async tell(): Promise<void> {
        this.batch.hold(this.model.jobs.filter(job => job.hold === 'disk-space'));
        const isAway =
            !document.hasFocus() && this.preferences[DESKTOP] && this.desktop.refusal === undefined;
        if (!isAway && this.widgets.tryGetWidget(TransferWidget.ID)?.isVisible) {
            this.batch.clear();
            return;
        }
        const { active } = this.model.summary;
        const isQuiet = active === 0 && (this.model.queue.paused !== undefined || !this.isAnyNext());
        const notice = this.batch.due(isQuiet, this.switches());
        if (notice && !(isAway && this.desktop.show(notice.text, () => void this.reveal(notice)))) {
            await this.say(notice);
        }
    }

    /** Something starts as soon as it is its turn: what is held may wait for days. */
    private isAnyNext(): boolean {
        return this.model.jobs.some(
            ({ state, hold }) => (state === 'queued' || state === 'retrying') && hold === undefined
        );
    }

    private async say(notice: Notice): Promise<void> {
        const chosen =
            notice.severity === 'info'
                ? await this.messages.info(notice.text, { timeout: GOOD_NEWS_MS }, SHOW)
                : await this.messages.warn(notice.text, SHOW);
        if (chosen === SHOW) {
            await this.reveal(notice);
        }
    }

    /** Shows the list, with the row that matters most. */
    private async reveal({ jobIds }: Notice): Promise<void> {
        await this.commands.executeCommand(TransferCommands.SHOW.id);
        const ids = this.model.jobs.map(job => job.id);
        const id = jobIds.find(each => ids.includes(each));
        if (id !== undefined) {
            this.selection.rows = selectRow(ids, this.selection.rows, id, 'only');
        }
    }

    private switches(): NoticeSwitches {
        return {
            completed: this.preferences['connect.notifications.completed'],
            failed: this.preferences['connect.notifications.failed'],
            needsAnswer: this.preferences['connect.notifications.needsAnswer'],
            diskSpace: this.preferences['connect.notifications.diskSpace']
        };
    }
}
