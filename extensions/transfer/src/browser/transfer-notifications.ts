import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { CommandService } from '@theia/core/lib/common/command';
import { MessageService } from '@theia/core/lib/common/message-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { NoticeBatch, type NoticeSwitches } from '../common/notice-batch';
import { TransferPreferences } from '../common/transfer-preferences';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferWidget } from './transfer-widget';

/** Good news goes by itself. */
const GOOD_NEWS_MS = 8_000;
const SHOW = 'Show Transfers';

/** Tells what became of transfers, unless the list of them is in sight, which tells it better. */
@injectable()
export class TransferNotifications implements FrontendApplicationContribution {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(CommandService) protected readonly commands: CommandService;
    @inject(WidgetManager) protected readonly widgets: WidgetManager;

    private readonly batch = new NoticeBatch();

    onStart(): void {
        this.model.onDidChangeJobState(job => this.batch.take(job));
        this.model.onDidChange(() => void this.tell());
    }

    private async tell(): Promise<void> {
        if (this.widgets.tryGetWidget(TransferWidget.ID)?.isVisible) {
            this.batch.clear();
            return;
        }
        const { active, queued } = this.model.summary;
        const isQuiet = active === 0 && (queued === 0 || this.model.queue.paused !== undefined);
        const notice = this.batch.due(isQuiet, this.switches());
        if (!notice) {
            return;
        }
        const chosen =
            notice.severity === 'info'
                ? await this.messages.info(notice.text, { timeout: GOOD_NEWS_MS }, SHOW)
                : await this.messages.warn(notice.text, SHOW);
        if (chosen === SHOW) {
            await this.commands.executeCommand(TransferCommands.SHOW.id);
        }
    }

    private switches(): NoticeSwitches {
        return {
            completed: this.preferences['connect.notifications.completed'],
            failed: this.preferences['connect.notifications.failed'],
            needsAnswer: this.preferences['connect.notifications.needsAnswer']
        };
    }
}
