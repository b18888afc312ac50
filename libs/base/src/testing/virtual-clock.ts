import { Clock, Disposable } from '../clock';

interface Entry {
    readonly dueMs: number;
    readonly order: number;
    readonly callback: () => void;
}

/** A clock that stands still until it is told to move; timers fire in the order they are due, then of their making. */
export class VirtualClock implements Clock {
    private entries: Entry[] = [];
    private nextOrder = 0;

    constructor(
        private nowMs = 0,
        private readonly epochMs = Date.UTC(2026, 0, 1)
    ) {}

    now(): number {
        return this.nowMs;
    }

    wallNow(): number {
        return this.epochMs + this.nowMs;
    }

    setTimeout(callback: () => void, delayMs: number): Disposable {
        const entry: Entry = { dueMs: this.nowMs + Math.max(0, delayMs), order: this.nextOrder++, callback };
        this.entries.push(entry);
        return {
            dispose: () => {
                this.entries = this.entries.filter(other => other !== entry);
            }
        };
    }

    /** When the next timer is due, or undefined when none waits. */
    nextDueMs(): number | undefined {
        return this.earliest()?.dueMs;
    }

    /** Moves on by `durationMs` and runs what becomes due on the way, timers set by timers included. */
    advance(durationMs: number): void {
        const until = this.nowMs + durationMs;
        for (let entry = this.earliest(); entry && entry.dueMs <= until; entry = this.earliest()) {
            this.nowMs = entry.dueMs;
            const due = entry;
            this.entries = this.entries.filter(other => other !== due);
            due.callback();
        }
        this.nowMs = until;
    }

    private earliest(): Entry | undefined {
        return this.entries.reduce<Entry | undefined>(
            (best, entry) =>
                !best || entry.dueMs < best.dueMs || (entry.dueMs === best.dueMs && entry.order < best.order)
                    ? entry
                    : best,
            undefined
        );
    }
}
