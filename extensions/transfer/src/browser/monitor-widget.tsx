import { ContextMenuRenderer } from '@theia/core/lib/browser/context-menu-renderer';
import type { StatefulWidget } from '@theia/core/lib/browser/shell/shell-layout-restorer';
import { ThemeService } from '@theia/core/lib/browser/theming';
import { ReactWidget } from '@theia/core/lib/browser/widgets/react-widget';
import type { Message } from '@theia/core/lib/browser/widgets/widget';
import { MessageService } from '@theia/core/lib/common/message-service';
import * as React from '@theia/core/shared/react';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { isAtRest } from '../common/job-lifecycle';
import { errorText, percentDone } from '../common/job-view';
import { selectRow } from '../common/row-selection';
import { TransferPreferences } from '../common/transfer-preferences';
import { TransferService, type Job } from '../common/transfer-protocol';
import { ChartFactory } from './monitor-chart';
import { FolderOpener } from './folder-opener';
import { MonitorModel, type WatchedJob } from './monitor-model';
import { MonitorView, type MonitorWindowSpan } from './monitor-view';
import type { MonitorSection } from './monitor-sections';
import { RateChanger } from './rate-changer';
import { TransferActions } from './transfer-actions';
import { TransferClientModel } from './transfer-client-model';
import { TRANSFER_CONTEXT_MENU } from './transfer-context-menu';
import { TransferSelection } from './transfer-selection';

/** Which job a monitor shows; layouts keep it. */
export interface MonitorOptions {
    readonly jobId: string;
}

export const MonitorOptions = Symbol('MonitorOptions');

interface KeptState {
    readonly section?: MonitorSection;
    readonly span?: MonitorWindowSpan;
    /** Shown until the job is known again. */
    readonly label?: string;
}

const SECOND_MS = 1_000;

/** The monitor of one transfer: how it does, and the controls of its rate. */
@injectable()
export class MonitorWidget extends ReactWidget implements StatefulWidget {
    static readonly FACTORY_ID = 'connect.transfer.monitor';

    @inject(MonitorOptions) protected readonly options: MonitorOptions;
    @inject(MonitorModel) protected readonly monitors: MonitorModel;
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferService) protected readonly service: TransferService;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(TransferActions) protected readonly actions: TransferActions;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(FolderOpener) protected readonly folders: FolderOpener;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(ContextMenuRenderer) protected readonly menus: ContextMenuRenderer;
    @inject(ThemeService) protected readonly themes: ThemeService;
    @inject(ChartFactory) protected readonly createChart: ChartFactory;

    private watched: WatchedJob;
    private rates: RateChanger;
    private section: MonitorSection = 'files';
    private span: MonitorWindowSpan = '10 min';
    private ticking: number | undefined;

    static idOf(jobId: string): string {
        return `${MonitorWidget.FACTORY_ID}:${jobId}`;
    }

    get jobId(): string {
        return this.options.jobId;
    }

    @postConstruct()
    protected init(): void {
        this.id = MonitorWidget.idOf(this.jobId);
        this.title.label = 'Monitor';
        this.title.iconClass = 'codicon codicon-graph-line';
        this.title.closable = true;
        this.addClass('connect-monitor');
        this.node.tabIndex = -1;
        // the sections scroll themselves
        this.scrollOptions = undefined;
        const watch = this.monitors.watch(this.jobId);
        this.watched = watch.job;
        this.rates = new RateChanger({
            jobId: this.jobId,
            setRate: rate => this.service.setRate([this.jobId], rate),
            changed: () => this.update(),
            failed: error => {
                const { summary, remedy } = errorText(error.toWire());
                void this.messages.error(`The rate was not changed. ${summary} ${remedy}`);
            }
        });
        this.toDispose.pushAll([
            watch,
            this.rates,
            this.watched.changed.event(() => this.update()),
            this.model.onDidChange(() => this.update()),
            this.themes.onDidColorThemeChange(() => this.update()),
            { dispose: () => window.clearInterval(this.ticking) }
        ]);
        this.node.addEventListener('contextmenu', this.onContextMenu);
        this.node.addEventListener('keydown', this.onMenuKey);
        this.update();
    }

    storeState(): object {
        const { section, span } = this;
        return { section, span, label: this.title.label } satisfies KeptState;
    }

    restoreState(state: object): void {
        const { section, span, label } = state as KeptState;
        this.section = section ?? this.section;
        this.span = span ?? this.span;
        this.title.label = label ?? this.title.label;
        this.update();
    }

    protected override onActivateRequest(message: Message): void {
        super.onActivateRequest(message);
        const first = this.node.querySelector<HTMLElement>('[role=slider], button');
        (first ?? this.node).focus();
    }

    protected override onUpdateRequest(message: Message): void {
        const { job } = this;
        if (job) {
            const percent = percentDone(job);
            const isMoving = job.state === 'transferring' && percent !== undefined;
            this.title.label = `Monitor: ${job.name}${isMoving ? ` (${percent} %)` : ''}`;
            this.title.caption = `Transfer Monitor: ${job.name}`;
        }
        this.tickWhileCounting(job);
        super.onUpdateRequest(message);
    }

    protected render(): React.ReactNode {
        const { job, watched } = this;
        if (!job) {
            return this.renderNothing();
        }
        const chosen = this.rates.chosen(job, watched.now.rate);
        return (
            <MonitorView
                id={this.id}
                job={job}
                watched={watched}
                chosen={chosen}
                offline={this.model.state !== 'ready'}
                theme={this.themes.getCurrentTheme().id}
                attempts={this.preferences['connect.transfers.retry.attempts']}
                paused={this.model.queue.paused !== undefined}
                nowMs={Date.now()}
                section={this.section}
                span={this.span}
                createChart={this.createChart}
                setRate={rate => this.rates.choose(rate)}
                act={action => void this.actions.perform(action, [job])}
                openFolder={() => void this.folders.open(job)}
                look={range => this.monitors.look(this.jobId, range)}
                chooseSection={section => {
                    this.section = section;
                    this.update();
                }}
                chooseSpan={span => {
                    this.span = span;
                    this.update();
                }}
                retry={() => this.monitors.retry(this.jobId)}
            />
        );
    }

    private get job(): Job | undefined {
        return this.model.job(this.jobId);
    }

    private renderNothing(): React.ReactNode {
        const text =
            this.model.state === 'ready'
                ? 'This transfer is not in the list any more.'
                : this.model.state === 'loading'
                  ? 'Reading the transfer…'
                  : 'The backend cannot be reached.';
        return (
            <div className="connect-monitor-empty" role="status">
                <p>{text}</p>
                {this.model.state === 'ready' && (
                    <button type="button" className="theia-button secondary" onClick={() => this.close()}>
                        Close Monitor
                    </button>
                )}
            </div>
        );
    }

    /** The menu of a row of the list acts on the rows that are chosen: so the job is chosen. */
    private openMenu(anchor: { x: number; y: number }): void {
        const ids = this.model.jobs.map(each => each.id);
        if (ids.includes(this.jobId)) {
            this.selection.rows = selectRow(ids, this.selection.rows, this.jobId, 'only');
            this.menus.render({ menuPath: TRANSFER_CONTEXT_MENU, anchor, context: this.node });
        }
    }

    private readonly onContextMenu = (event: MouseEvent): void => {
        const target = event.target as Element;
        // fields and texts have menus of their own
        if (!target.closest('input, .connect-monitor-panel')) {
            event.preventDefault();
            event.stopPropagation();
            this.openMenu({ x: event.clientX, y: event.clientY });
        }
    };

    private readonly onMenuKey = (event: KeyboardEvent): void => {
        const isMenuKey = event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey);
        const target = event.target as Element;
        if (isMenuKey && !target.closest('input')) {
            event.preventDefault();
            event.stopPropagation();
            const box = target.getBoundingClientRect();
            this.openMenu({
                x: box.left + Math.min(24, box.width / 2),
                y: box.top + Math.min(24, box.height)
            });
        }
    };

    /** Countdowns move by themselves; all else comes from the backend. */
    private tickWhileCounting(job: Job | undefined): void {
        const counting = job !== undefined && !isAtRest(job.state) && job.state === 'retrying';
        if (counting && this.ticking === undefined) {
            this.ticking = window.setInterval(() => this.update(), SECOND_MS);
        } else if (!counting && this.ticking !== undefined) {
            window.clearInterval(this.ticking);
            this.ticking = undefined;
        }
    }
}
