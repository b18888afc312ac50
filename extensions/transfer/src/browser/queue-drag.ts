import type * as React from '@theia/core/shared/react';
import { dropPlace, type QueueDrop } from '../common/queue-drop';
import type { Job } from '../common/transfer-protocol';

/** No other view takes it for something of its own. */
const TYPE = 'application/x-connect-queue';

/** What a drag of rows needs of its list. */
export interface QueueDragParts {
    jobs(): readonly Job[];
    selected(): ReadonlySet<string>;
    /** Only this row is chosen from now on. */
    choose(job: Job): void;
    /** Where they would land now; undefined: nowhere. */
    show(drop: QueueDrop | undefined): void;
    move(ids: readonly string[], place: number): void;
}

/** Rows of transfers that wait, dragged to another place in the queue. Over all others nothing can be let go. */
export class QueueDrag {
    private moved: ReadonlySet<string> = new Set();

    constructor(private readonly parts: QueueDragParts) {}

    /** The row takes the chosen ones along, if it is one of them. */
    start(job: Job, event: React.DragEvent): void {
        if (!this.parts.selected().has(job.id)) {
            this.parts.choose(job);
        }
        const chosen = this.parts.selected();
        const waiting = this.parts.jobs().filter(({ id, state }) => state === 'queued' && chosen.has(id));
        this.moved = new Set(waiting.map(({ id }) => id));
        event.dataTransfer.setData(TYPE, [...this.moved].join());
        event.dataTransfer.effectAllowed = 'move';
    }

    over(job: Job, event: React.DragEvent): void {
        const drop = this.dropAt(job, event);
        const place = drop && dropPlace(this.parts.jobs(), this.moved, drop);
        if (place !== undefined) {
            event.preventDefault();
            // the workbench forbids drops wherever nobody kept it from hearing of them
            event.stopPropagation();
            event.dataTransfer.dropEffect = 'move';
        }
        this.parts.show(place === undefined ? undefined : drop);
    }

    drop(job: Job, event: React.DragEvent): void {
        const drop = this.dropAt(job, event);
        const place = drop && dropPlace(this.parts.jobs(), this.moved, drop);
        if (place !== undefined) {
            event.preventDefault();
            event.stopPropagation();
            this.parts.move([...this.moved], place);
        }
        this.end();
    }

    /** Let go, elsewhere or not at all. */
    end(): void {
        this.moved = new Set();
        this.parts.show(undefined);
    }

    private dropAt(job: Job, event: React.DragEvent): QueueDrop | undefined {
        if (this.moved.size === 0 || !event.dataTransfer.types.includes(TYPE)) {
            return undefined;
        }
        const { top, height } = event.currentTarget.getBoundingClientRect();
        return { id: job.id, after: event.clientY > top + height / 2 };
    }
}
