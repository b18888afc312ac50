import { Emitter, type Event } from '@theia/core/lib/common/event';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { NO_ROWS, pruneRows, selectAll, type RowSelection } from '../common/row-selection';
import type { Job } from '../common/transfer-protocol';
import { TransferClientModel } from './transfer-client-model';

/** The rows chosen in the list of transfers: what commands and menus act on. */
@injectable()
export class TransferSelection {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;

    private current: RowSelection = NO_ROWS;
    private ids: readonly string[] = [];
    private readonly emitter = new Emitter<void>();
    readonly onDidChange: Event<void> = this.emitter.event;

    @postConstruct()
    protected init(): void {
        this.model.onDidChange(() => {
            const ids = this.model.jobs.map(job => job.id);
            this.rows = pruneRows(this.ids, ids, this.current);
            this.ids = ids;
        });
    }

    get rows(): RowSelection {
        return this.current;
    }

    set rows(rows: RowSelection) {
        if (rows !== this.current) {
            this.current = rows;
            this.emitter.fire();
        }
    }

    selectAll(): void {
        this.rows = selectAll(
            this.model.jobs.map(job => job.id),
            this.current
        );
    }

    /** Chosen jobs in list order. */
    get jobs(): readonly Job[] {
        return this.model.jobs.filter(job => this.current.selected.has(job.id));
    }

    get focused(): Job | undefined {
        return this.current.focused === undefined ? undefined : this.model.job(this.current.focused);
    }
}
