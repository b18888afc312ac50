import { CommandService } from '@theia/core/lib/common/command';
import { ContextMenuRenderer } from '@theia/core/lib/browser/context-menu-renderer';
import { ReactWidget } from '@theia/core/lib/browser/widgets/react-widget';
import { Widget, type Message } from '@theia/core/lib/browser/widgets/widget';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import * as React from '@theia/core/shared/react';
import { flushSync } from '@theia/core/shared/react-dom';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { isAtRest } from '../common/job-lifecycle';
import { errorText } from '../common/job-view';
import { TransferPreferences } from '../common/transfer-preferences';
import type { Job } from '../common/transfer-protocol';
import { DiagnosisOpener } from './diagnosis/diagnosis-opener';
import { FolderOpener } from './folder-opener';
import { MonitorOpener } from './monitor-opener';
import { TransferActions } from './transfer-actions';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TRANSFER_CONTEXT_MENU } from './transfer-context-menu';
import { TransferList } from './transfer-list';
import { TransferSelection } from './transfer-selection';

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;

/** The list of transfers: tab *Transfers* of the activity panel. */
@injectable()
export class TransferWidget extends ReactWidget {
    static readonly ID = 'connect.activity.transfers';
    static readonly LABEL = 'Transfers';

    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(TransferActions) protected readonly actions: TransferActions;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(FolderOpener) protected readonly folders: FolderOpener;
    @inject(MonitorOpener) protected readonly monitors: MonitorOpener;
    @inject(DiagnosisOpener) protected readonly diagnosis: DiagnosisOpener;
    @inject(CommandService) protected readonly commands: CommandService;
    @inject(ContextMenuRenderer) protected readonly menus: ContextMenuRenderer;

    private announced = '';
    private ticking: number | undefined;
    private tickMs = 0;

    @postConstruct()
    protected init(): void {
        this.id = TransferWidget.ID;
        this.title.label = TransferWidget.LABEL;
        this.title.caption = TransferWidget.LABEL;
        this.title.iconClass = 'codicon codicon-arrow-swap';
        this.title.closable = true;
        this.addClass('connect-transfers');
        // the list scrolls itself
        this.scrollOptions = undefined;
        this.toDispose.push(this.model.onDidChange(() => this.update()));
        // commands act on the chosen rows, so the screen may not be behind the choice
        this.toDispose.push(
            this.selection.onDidChange(() =>
                flushSync(() => MessageLoop.sendMessage(this, Widget.Msg.UpdateRequest))
            )
        );
        this.toDispose.push(this.preferences.onPreferenceChanged(() => this.update()));
        this.toDispose.push(
            this.model.onDidAnnounce(sentence => {
                this.announced = sentence;
                this.update();
            })
        );
        this.toDispose.push({ dispose: () => window.clearInterval(this.ticking) });
        this.update();
    }

    protected override onActivateRequest(message: Message): void {
        super.onActivateRequest(message);
        const target = this.node.querySelector<HTMLElement>('[role=grid], button, .connect-transfers-note');
        (target ?? this.node).focus();
    }

    protected override onUpdateRequest(message: Message): void {
        this.title.label =
            this.model.summary.active > 0
                ? `${TransferWidget.LABEL} (${this.model.summary.active})`
                : TransferWidget.LABEL;
        this.tickWhileCounting();
        super.onUpdateRequest(message);
    }

    protected render(): React.ReactNode {
        return (
            <>
                {this.renderState()}
                {this.model.jobs.length > 0 ? this.renderList() : this.renderNothing()}
                <div className="connect-transfers-live" role="status" aria-live="polite">
                    {this.announced}
                </div>
            </>
        );
    }

    private renderList(): React.ReactNode {
        return (
            <TransferList
                jobs={this.model.jobs}
                rows={this.selection.rows}
                nowMs={Date.now()}
                attempts={this.preferences['connect.transfers.retry.attempts']}
                paused={this.model.queue.paused !== undefined}
                dimmed={this.model.state !== 'ready'}
                select={rows => {
                    this.selection.rows = rows;
                }}
                openMenu={anchor => {
                    this.menus.render({ menuPath: TRANSFER_CONTEXT_MENU, anchor, context: this.node });
                }}
                act={(job, action) => void this.actions.perform(action, [job])}
                openFolder={job => void this.folders.open(job)}
                openMonitor={job => void this.monitors.open(job)}
                move={(ids, place) => void this.actions.attempt(() => this.model.move(ids, place))}
                why={job => void this.diagnosis.open({ kind: 'job', jobId: job.id }, false)}
            />
        );
    }

    /** What stands above the list, or in its place, when it is not what it should be. */
    private renderState(): React.ReactNode {
        if (this.model.state === 'offline') {
            return (
                <div className="connect-transfers-note" role="alert" tabIndex={-1}>
                    The backend cannot be reached: this is the last list known. Transfers go on as long as it
                    runs.
                    <button
                        type="button"
                        className="theia-button secondary"
                        onClick={() => this.model.refresh()}
                    >
                        Try Again
                    </button>
                </div>
            );
        }
        if (this.model.state === 'error' && this.model.error) {
            const { summary, remedy } = errorText(this.model.error.toWire());
            return (
                <div className="connect-transfers-note" role="alert" tabIndex={-1}>
                    The list of transfers cannot be read. {summary} {remedy}
                    <button
                        type="button"
                        className="theia-button secondary"
                        onClick={() => this.model.refresh()}
                    >
                        Try Again
                    </button>
                </div>
            );
        }
        return undefined;
    }

    private renderNothing(): React.ReactNode {
        if (this.model.state === 'loading') {
            return (
                <div className="connect-transfers-note" role="status" tabIndex={-1}>
                    Reading the list of transfers…
                </div>
            );
        }
        if (this.model.state !== 'ready') {
            return undefined;
        }
        return (
            <div className="connect-transfers-welcome">
                <p>
                    No transfers yet. Drag files onto a folder of an account, or from there onto a local
                    folder.
                </p>
                <button
                    type="button"
                    className="theia-button"
                    onClick={() => void this.commands.executeCommand(TransferCommands.UPLOAD.id)}
                >
                    Upload…
                </button>
            </div>
        );
    }

    /** Countdowns move by themselves, and what is over moves away; nothing else needs a clock. */
    private tickWhileCounting(): void {
        const has = (test: (job: Job) => boolean): boolean => this.model.jobs.some(test);
        const tickMs = has(job => job.state === 'retrying')
            ? SECOND_MS
            : has(job => isAtRest(job.state))
              ? MINUTE_MS
              : 0;
        if (tickMs !== this.tickMs) {
            window.clearInterval(this.ticking);
            this.tickMs = tickMs;
            this.ticking = tickMs === 0 ? undefined : window.setInterval(() => this.update(), tickMs);
        }
    }
}
