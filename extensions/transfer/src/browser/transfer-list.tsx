import * as React from '@theia/core/shared/react';
import type { JobAction } from '../common/job-view';
import { moveFocus, selectRow, visibleRows, type RowSelection } from '../common/row-selection';
import type { QueueDrop } from '../common/queue-drop';
import type { Job } from '../common/transfer-protocol';
import { TypeAhead } from '../common/type-ahead';
import { QueueDrag } from './queue-drag';
import { ROW_HEIGHT, TransferRow, type RowHandlers } from './transfer-row';

/** Height taken for granted until the real one is measured. */
const FIRST_HEIGHT = 600;
const ROW_ID = 'connect-transfer-';

/** Props of {@link TransferList}. */
export interface ListProps {
    readonly jobs: readonly Job[];
    readonly rows: RowSelection;
    readonly nowMs: number;
    readonly attempts: number;
    /** All transfers are. */
    readonly paused: boolean;
    /** The last known list, while the backend cannot be reached. */
    readonly dimmed: boolean;
    select(rows: RowSelection): void;
    openMenu(anchor: { x: number; y: number }): void;
    act(job: Job, action: JobAction): void;
    openFolder(job: Job): void;
    openMonitor(job: Job): void;
    /** Answers why the job is where it is. */
    why(job: Job): void;
    /** @param place as `move` of the transfer service takes it */
    move(ids: readonly string[], place: number): void;
}

interface ListState {
    readonly scrollTop: number;
    readonly height: number;
    readonly drop: QueueDrop | undefined;
}

/**
 * The rows, of which only those in sight are in the document. One tab stop; arrows, Home, End and the page keys move,
 * with Shift they extend, the menu key and Shift+F10 open the menu. Rows that wait are dragged to their place in the queue.
 */
export class TransferList extends React.Component<ListProps, ListState> {
    override state: ListState = { scrollTop: 0, height: FIRST_HEIGHT, drop: undefined };
    private readonly root = React.createRef<HTMLDivElement>();
    private readonly typeAhead = new TypeAhead();
    private observer: ResizeObserver | undefined;

    override componentDidMount(): void {
        const node = this.root.current;
        if (node && typeof ResizeObserver !== 'undefined') {
            this.observer = new ResizeObserver(() => this.setState({ height: node.clientHeight }));
            this.observer.observe(node);
        }
    }

    override componentDidUpdate(before: ListProps): void {
        if (before.rows.focused !== this.props.rows.focused) {
            this.showFocused();
        }
    }

    override componentWillUnmount(): void {
        this.observer?.disconnect();
    }

    override render(): React.ReactNode {
        const { jobs, rows, dimmed } = this.props;
        const { start, end } = visibleRows(this.state.scrollTop, this.state.height, ROW_HEIGHT, jobs.length);
        return (
            <div
                ref={this.root}
                className={`connect-transfer-list ${dimmed ? 'dimmed' : ''}`}
                role="grid"
                tabIndex={0}
                aria-label="Transfers"
                aria-multiselectable="true"
                aria-rowcount={jobs.length}
                aria-activedescendant={rows.focused === undefined ? undefined : ROW_ID + rows.focused}
                onScroll={event => this.setState({ scrollTop: event.currentTarget.scrollTop })}
                onKeyDown={this.onKeyDown}
                onFocus={this.onFocus}
            >
                <div
                    className="connect-transfer-space"
                    role="presentation"
                    style={{ height: jobs.length * ROW_HEIGHT }}
                >
                    {jobs.slice(start, end).map((job, offset) => this.renderRow(job, start + offset))}
                </div>
            </div>
        );
    }

    private renderRow(job: Job, index: number): React.ReactNode {
        const { rows, nowMs, attempts, paused } = this.props;
        const { drop } = this.state;
        return (
            <TransferRow
                key={job.id}
                rowId={ROW_ID + job.id}
                job={job}
                index={index}
                selected={rows.selected.has(job.id)}
                focused={rows.focused === job.id}
                nowMs={nowMs}
                attempts={attempts}
                paused={paused}
                drop={drop?.id !== job.id ? undefined : drop.after ? 'after' : 'before'}
                handlers={this.handlers}
            />
        );
    }

    private get ids(): string[] {
        return this.props.jobs.map(job => job.id);
    }

    private readonly drag = new QueueDrag({
        jobs: () => this.props.jobs,
        selected: () => this.props.rows.selected,
        choose: job => this.props.select(selectRow(this.ids, this.props.rows, job.id, 'only')),
        show: drop => {
            const shown = this.state.drop;
            if (shown?.id !== drop?.id || shown?.after !== drop?.after) {
                this.setState({ drop });
            }
        },
        move: (ids, place) => this.props.move(ids, place)
    });

    private readonly handlers: RowHandlers = {
        onClick: (job, event) => {
            const mode = event.shiftKey ? 'range' : event.ctrlKey || event.metaKey ? 'toggle' : 'only';
            this.props.select(selectRow(this.ids, this.props.rows, job.id, mode));
        },
        onContextMenu: (job, event) => {
            event.preventDefault();
            event.stopPropagation();
            if (!this.props.rows.selected.has(job.id)) {
                this.props.select(selectRow(this.ids, this.props.rows, job.id, 'only'));
            }
            this.props.openMenu({ x: event.clientX, y: event.clientY });
        },
        onAction: (job, action) => this.props.act(job, action),
        onOpenFolder: job => this.props.openFolder(job),
        onOpenMonitor: job => this.props.openMonitor(job),
        onWhy: job => this.props.why(job),
        onDragStart: (job, event) => this.drag.start(job, event),
        onDragOver: (job, event) => this.drag.over(job, event),
        onDrop: (job, event) => this.drag.drop(job, event),
        onDragEnd: () => this.drag.end()
    };

    /** Coming in by the keyboard, some row must have the focus. */
    private readonly onFocus = (): void => {
        if (this.props.rows.focused === undefined && this.props.jobs.length > 0) {
            this.props.select(moveFocus(this.ids, this.props.rows, 0, false));
        }
    };

    private readonly onKeyDown = (event: React.KeyboardEvent): void => {
        if (event.key === 'ContextMenu' || (event.key === 'F10' && event.shiftKey)) {
            event.preventDefault();
            event.stopPropagation();
            this.openMenuAtFocus();
            return;
        }
        const next = this.afterKey(event) ?? this.afterLetter(event);
        if (next) {
            event.preventDefault();
            event.stopPropagation();
            this.props.select(next);
        }
    };

    /** Letters go to the next row whose name begins with what was typed. The space bar is a command of its own. */
    private readonly afterLetter = (event: React.KeyboardEvent): RowSelection | undefined => {
        const plain = !event.ctrlKey && !event.metaKey && !event.altKey && event.key.length === 1;
        if (!plain || event.key === ' ') {
            return undefined;
        }
        const { jobs, rows } = this.props;
        const at = jobs.findIndex(job => job.id === rows.focused);
        const found = this.typeAhead.type(
            event.key,
            event.timeStamp,
            jobs.map(job => job.name),
            at
        );
        return found === undefined ? rows : selectRow(this.ids, rows, jobs[found].id, 'only');
    };

    private afterKey(event: React.KeyboardEvent): RowSelection | undefined {
        const { rows } = this.props;
        if (event.ctrlKey || event.metaKey || event.altKey) {
            return undefined;
        }
        const page = Math.max(1, Math.floor(this.state.height / ROW_HEIGHT) - 1);
        const steps: Readonly<Record<string, number>> = {
            ArrowDown: 1,
            ArrowUp: -1,
            PageDown: page,
            PageUp: -page,
            Home: -Infinity,
            End: Infinity
        };
        const delta = steps[event.key];
        return delta === undefined ? undefined : moveFocus(this.ids, rows, delta, event.shiftKey);
    }

    private openMenuAtFocus(): void {
        const { focused } = this.props.rows;
        const row = focused === undefined ? undefined : document.getElementById(ROW_ID + focused);
        const box = (row ?? this.root.current)?.getBoundingClientRect();
        if (box) {
            this.props.openMenu({ x: box.left + 24, y: box.top + ROW_HEIGHT / 2 });
        }
    }

    private showFocused(): void {
        const node = this.root.current;
        const index = this.props.jobs.findIndex(job => job.id === this.props.rows.focused);
        if (!node || index < 0) {
            return;
        }
        const top = index * ROW_HEIGHT;
        if (top < node.scrollTop) {
            node.scrollTop = top;
        } else if (top + ROW_HEIGHT > node.scrollTop + this.state.height) {
            node.scrollTop = top + ROW_HEIGHT - this.state.height;
        }
    }
}
