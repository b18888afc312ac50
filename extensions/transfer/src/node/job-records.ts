import type { JobRecord } from '../common/job-record';
import type { JobStorage } from './job-store';

/**
 * Every job, in memory and in the store. A full disk must not end transfers to other disks: what cannot be stored now
 * is stored with the next record. A backend that dies before that finds an older state, from which it does the same
 * again.
 */
export class JobRecords {
    private readonly records = new Map<string, JobRecord>();
    /** Jobs whose last state is not on disk. */
    private readonly unsaved = new Set<string>();
    private lastOrder = 0;
    private lastRank = 0;

    /** @param changed something about this job changed; it may be gone */
    constructor(
        private readonly store: JobStorage,
        private readonly changed: (id: string) => void,
        private readonly log: (text: string, id?: string) => void
    ) {}

    load(): void {
        for (const record of this.store.all()) {
            this.records.set(record.id, record);
        }
        this.lastOrder = this.store.lastOrder();
    }

    get(id: string): JobRecord | undefined {
        return this.records.get(id);
    }

    /** A copy: jobs may come and go while it is walked. */
    all(): JobRecord[] {
        return [...this.records.values()];
    }

    values(): Iterable<JobRecord> {
        return this.records.values();
    }

    /** Place for a new job at the end of the list. */
    nextOrder(): number {
        this.lastOrder += 1;
        return this.lastOrder;
    }

    /** Stores new jobs at the end of the queue, all or none. Throws where the store does. */
    add(records: readonly JobRecord[]): void {
        const ranked = records.map(record => ({ ...record, queueRank: this.nextRank(record.queueRank) }));
        this.store.put(...ranked);
        for (const record of ranked) {
            this.records.set(record.id, record);
            this.changed(record.id);
        }
    }

    /** Replaces records, in one step of the store. */
    put(...records: readonly JobRecord[]): void {
        for (const record of records) {
            this.records.set(record.id, record);
            this.unsaved.add(record.id);
        }
        this.save();
        records.forEach(record => this.changed(record.id));
    }

    /** Only in memory: for progress, which is stored now and then. */
    remember(record: JobRecord): void {
        this.records.set(record.id, record);
        this.changed(record.id);
    }

    delete(id: string): void {
        this.unsaved.delete(id);
        this.records.delete(id);
        try {
            this.store.delete(id);
        } catch (error) {
            // it may come back after a restart, and can be removed again then
            this.log(`cannot be deleted: ${(error as Error).message}`, id);
        }
        this.changed(id);
    }

    private save(): void {
        const records = [...this.unsaved].map(id => this.records.get(id)).filter(each => each !== undefined);
        try {
            this.store.put(...records);
            this.unsaved.clear();
        } catch (error) {
            this.log(`${records.length} jobs cannot be stored: ${(error as Error).message}`);
        }
    }

    /** Behind every job that was ever moved to the end. */
    private nextRank(atLeast: number): number {
        if (this.lastRank === 0) {
            this.lastRank = Math.max(0, ...this.all().map(record => record.queueRank));
        }
        this.lastRank = Math.max(this.lastRank + 1, atLeast);
        return this.lastRank;
    }
}
