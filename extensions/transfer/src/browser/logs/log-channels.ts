import { LOG_NAMES, type LogName } from '@connect/api';
import { parseLogLine } from '@connect/base';
import { ConnectionStatus, ConnectionStatusService } from '@theia/core/lib/browser/connection-status-service';
import type { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import type { Widget } from '@theia/core/lib/browser/widgets/widget';
import { MessageService } from '@theia/core/lib/common/message-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import {
    OutputChannelManager,
    OutputChannelSeverity,
    type OutputChannel
} from '@theia/output/lib/browser/output-channel';
import { OutputWidget } from '@theia/output/lib/browser/output-widget';
import { LogService, type LogBatch } from '../../common/log-protocol';
import { LogClientTarget } from './log-client-target';

const CHANNELS: Readonly<Record<LogName, string>> = {
    app: 'Connect',
    transfer: 'Connect Transfers',
    sync: 'Connect Sync',
    browser: 'Connect Browser'
};

/**
 * The logs as channels of the Output view. Lines come only while that view is there; how many it keeps is a setting of
 * the view (`output.maxChannelHistory`).
 */
@injectable()
export class LogChannels implements FrontendApplicationContribution {
    @inject(LogService) protected readonly service: LogService;
    @inject(LogClientTarget) protected readonly target: LogClientTarget;
    @inject(OutputChannelManager) protected readonly channels: OutputChannelManager;
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(ConnectionStatusService) protected readonly connection: ConnectionStatusService;
    @inject(MessageService) protected readonly messages: MessageService;

    private isFollowing = false;

    onStart(): void {
        // so that the view has them to choose from
        LOG_NAMES.forEach(log => this.channel(log));
        this.target.onLines(batches => batches.forEach(batch => this.append(batch)));
        this.target.onProblem(problem => void this.messages.warn(`${problem} Transfers go on without it.`));
        this.widgets.onDidCreateWidget(({ factoryId, widget }) => {
            if (factoryId === OutputWidget.ID) {
                this.followWhile(widget);
            }
        });
        const open = this.widgets.tryGetWidget(OutputWidget.ID);
        if (open) {
            this.followWhile(open);
        }
        this.connection.onStatusChange(status => {
            if (status === ConnectionStatus.ONLINE && this.isFollowing) {
                void this.follow();
            }
        });
    }

    /** Brings the log to the front. */
    show(log: LogName): void {
        this.channel(log).show();
    }

    private channel(log: LogName): OutputChannel {
        return this.channels.getChannel(CHANNELS[log]);
    }

    private followWhile(view: Widget): void {
        this.isFollowing = true;
        view.disposed.connect(() => {
            this.isFollowing = false;
            void this.attempt(() => this.service.unfollow());
        });
        void this.follow();
    }

    /** Also after the connection was lost, when it is not known what came in between. */
    private follow(): Promise<void> {
        return this.attempt(async () => {
            for (const batch of await this.service.follow()) {
                this.channel(batch.log).clear();
                this.append(batch);
            }
        });
    }

    private async attempt(work: () => Promise<void>): Promise<void> {
        try {
            await work();
        } catch (error) {
            // without a backend there is nothing to read; it is asked again when there is one
            this.channel('app').appendLine(`The log cannot be read now: ${(error as Error).message}`);
        }
    }

    private append({ log, lines, passedOver }: LogBatch): void {
        const channel = this.channel(log);
        if (passedOver > 0) {
            channel.appendLine(`… ${passedOver} lines that came too fast are in the file …`);
        }
        for (const line of lines) {
            channel.appendLine(line, severityOf(line));
        }
    }
}

function severityOf(line: string): OutputChannelSeverity {
    switch (parseLogLine(line)?.level) {
        case 'error':
            return OutputChannelSeverity.Error;
        case 'warn':
            return OutputChannelSeverity.Warning;
        default:
            return OutputChannelSeverity.Info;
    }
}
