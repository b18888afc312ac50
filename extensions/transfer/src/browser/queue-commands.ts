import { formatCount, formatRate, parseRateBps } from '@connect/base';
import { ConfirmDialog } from '@theia/core/lib/browser/dialogs';
import type { Command, CommandHandler, CommandRegistry } from '@theia/core/lib/common/command';
import { QuickInputService } from '@theia/core/lib/common/quick-pick-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { canDo } from '../common/job-view';
import type { Job, JobPriority, QueueMove } from '../common/transfer-protocol';
import { AskedRates } from './asked-rates';
import { TransferActions } from './transfer-actions';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferSelection } from './transfer-selection';

const HOUR_MS = 3_600_000;

const MOVES: ReadonlyArray<readonly [Command, QueueMove]> = [
    [TransferCommands.MOVE_UP, 'up'],
    [TransferCommands.MOVE_DOWN, 'down'],
    [TransferCommands.MOVE_TOP, 'top'],
    [TransferCommands.MOVE_BOTTOM, 'bottom']
];

const PRIORITIES: ReadonlyArray<readonly [Command, JobPriority]> = [
    [TransferCommands.PRIORITY_HIGH, 'high'],
    [TransferCommands.PRIORITY_NORMAL, 'normal'],
    [TransferCommands.PRIORITY_LOW, 'low']
];

/** Commands that steer the queue: places, priorities, rates, rules for existing files, pauses. */
@injectable()
export class QueueCommands {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(TransferSelection) protected readonly selection: TransferSelection;
    @inject(TransferActions) protected readonly actions: TransferActions;
    @inject(QuickInputService) protected readonly input: QuickInputService;

    private readonly asked = new AskedRates();

    register(registry: CommandRegistry): void {
        this.model.onDidChange(() => this.asked.listed(id => this.model.job(id)));
        this.registerPlaces(registry);
        registry.registerCommand(
            TransferCommands.RESTART,
            this.onJobs(
                job => canDo(job, 'restart'),
                jobs => this.restart(jobs)
            )
        );
        registry.registerCommand(
            TransferCommands.LIMIT_RATE,
            this.onJobs(
                // what the server sets is not changed by asking for something else
                job => job.state !== 'completed' && job.inForce?.isTargetLocked !== true,
                jobs => this.limitRate(jobs)
            )
        );
        registry.registerCommand(
            TransferCommands.EXISTING,
            this.onJobs(
                job => job.state !== 'completed',
                jobs => this.actions.chooseExisting(jobs)
            )
        );
        this.registerPauses(registry);
    }

    private registerPlaces(registry: CommandRegistry): void {
        const isQueued = (job: Job): boolean => job.state === 'queued';
        for (const [command, to] of MOVES) {
            registry.registerCommand(
                command,
                this.onJobs(isQueued, jobs => this.actions.attempt(() => this.model.move(idsOf(jobs), to)))
            );
        }
        registry.registerCommand(
            TransferCommands.MOVE_TO,
            this.onJobs(isQueued, jobs => this.moveTo(jobs))
        );
        for (const [command, priority] of PRIORITIES) {
            const handler = this.onJobs(
                job => job.state !== 'completed',
                jobs => this.actions.attempt(() => this.model.setPriority(idsOf(jobs), priority))
            );
            registry.registerCommand(command, {
                ...handler,
                isToggled: () => this.selection.focused?.priority === priority
            });
        }
    }

    private registerPauses(registry: CommandRegistry): void {
        const isPaused = (): boolean => this.model.queue.paused !== undefined;
        registry.registerCommand(TransferCommands.PAUSE_ALL, {
            isEnabled: () => !isPaused(),
            execute: () => this.actions.attempt(() => this.model.pauseAll())
        });
        registry.registerCommand(TransferCommands.PAUSE_HOUR, {
            isEnabled: () => true,
            execute: () => this.actions.attempt(() => this.model.pauseAll(HOUR_MS))
        });
        registry.registerCommand(TransferCommands.RESUME_ALL, {
            isEnabled: isPaused,
            execute: () => this.actions.attempt(() => this.model.resumeAll())
        });
    }

    /** A command for those of the chosen jobs that it makes sense for. */
    private onJobs(
        applies: (job: Job) => boolean,
        work: (jobs: readonly Job[]) => Promise<void>
    ): CommandHandler {
        return {
            isEnabled: () => this.selection.jobs.some(applies),
            execute: () => work(this.selection.jobs.filter(applies))
        };
    }

    private async restart(jobs: readonly Job[]): Promise<void> {
        const what = jobs.length === 1 ? jobs[0].name : `${formatCount(jobs.length)} transfers`;
        const confirmed = await new ConfirmDialog({
            title: 'Restart from Beginning',
            msg: `Everything of ${what} is sent again, and what arrived of unfinished files is discarded.`,
            ok: 'Restart'
        }).open();
        if (confirmed) {
            await this.actions.perform('restart', jobs);
        }
    }

    private async moveTo(jobs: readonly Job[]): Promise<void> {
        const text = await this.input.input({
            title: 'Move to Place in Queue',
            prompt: 'The place, 1 for the next to start',
            value: String(jobs[0].position ?? 1),
            validateInput: async value => (placeOf(value) === undefined ? 'A number from 1 on' : undefined)
        });
        const place = text === undefined ? undefined : placeOf(text);
        if (place !== undefined) {
            await this.actions.attempt(() => this.model.move(idsOf(jobs), place));
        }
    }

    private async limitRate(jobs: readonly Job[]): Promise<void> {
        const now = this.asked.of(jobs[0]).targetBps;
        const text = await this.input.input({
            title: 'Limit Rate',
            prompt: 'Most of one transfer, e.g. 20M for 20 Mbps; nothing for what the settings say',
            value: now === undefined ? '' : formatRate(now),
            validateInput: async value =>
                rateOf(value) === undefined ? 'A rate such as 500k, 20M, 1G' : undefined
        });
        const targetBps = text === undefined ? undefined : rateOf(text);
        if (targetBps !== undefined) {
            for (const job of jobs) {
                const rate = {
                    ...this.asked.of(job),
                    targetBps: targetBps === 'settings' ? undefined : targetBps
                };
                const send = (): Promise<void> => this.model.setRate([job.id], rate);
                await this.actions.attempt(() => this.asked.ask(job, rate, send));
            }
        }
    }
}

function idsOf(jobs: readonly Job[]): string[] {
    return jobs.map(job => job.id);
}

function placeOf(text: string): number | undefined {
    const place = Number(text.trim());
    return Number.isSafeInteger(place) && place >= 1 ? place : undefined;
}

function rateOf(text: string): number | 'settings' | undefined {
    const trimmed = text.replace(/\s*([KMG])bps$/i, '$1').trim();
    if (trimmed === '') {
        return 'settings';
    }
    try {
        const bps = parseRateBps(trimmed);
        return bps > 0 ? bps : undefined;
    } catch {
        // not a rate: the input says so
        return undefined;
    }
}
