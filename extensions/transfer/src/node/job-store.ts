import type Database from 'better-sqlite3';
import type { JobRecord } from '../common/job-record';
import type { QueueStatus } from '../common/transfer-protocol';

/** Where jobs outlive the backend. Each call is on disk, or survives a crash of the process, when it returns. */
export interface JobStorage {
    /** In list order. */
    all(): JobRecord[];
    /** Inserts or replaces by id; several at once are stored together or not at all. */
    put(...records: readonly JobRecord[]): void;
    delete(id: string): void;
    /** Whether all transfers are paused, as it was last told. */
    pause(): QueueStatus['paused'];
    setPause(paused: QueueStatus['paused']): void;
    /** Greatest {@link JobRecord.order} ever given out, 0 before the first. */
    lastOrder(): number;
}

/** Schema of the component `transfer` in connectdb, one entry per version. Steps that were released never change. */
export const JOB_STORE_STEPS: readonly string[] = [
    `create table transfer_job (
        id text primary key,
        job_order integer not null unique,
        state text not null,
        account_id text not null,
        record text not null
    ) strict;
    create table transfer_order (last integer not null) strict;
    insert into transfer_order (last) values (0);`,
    // jobs of before had neither a place of their own in the queue nor a rule of their own
    `update transfer_job set record = json_set(record,
        '$.queueRank', job_order, '$.priority', 'normal', '$.automatic', json('false'),
        '$.existing', 'resume', '$.rate', json('{}'), '$.fromStart', json('false'));
    create table transfer_setting (name text primary key, value text not null) strict;`
];

const PAUSE = 'pause';

/**
 * Jobs in connectdb: one row per job, whatever the number of its files. The engine finds out what is left of a job by
 * looking at both ends, so files are not listed here and a job of a million of them costs no more than a job of one.
 */
export class JobStore implements JobStorage {
    private readonly select: Database.Statement<[], { record: string }>;
    private readonly upsert: Database.Statement<[string, number, string, string, string]>;
    private readonly remove: Database.Statement<[string]>;
    private readonly raiseOrder: Database.Statement<[number, number]>;
    private readonly selectOrder: Database.Statement<[], { last: number }>;
    private readonly selectSetting: Database.Statement<[string], { value: string }>;
    private readonly upsertSetting: Database.Statement<[string, string]>;
    private readonly removeSetting: Database.Statement<[string]>;
    private readonly putAll: (records: readonly JobRecord[]) => void;

    /** @param database migrated by {@link JOB_STORE_STEPS}; its owner closes it */
    constructor(database: Database.Database) {
        this.select = database.prepare('select record from transfer_job order by job_order');
        this.upsert = database.prepare(
            `insert into transfer_job (id, job_order, state, account_id, record) values (?, ?, ?, ?, ?)
             on conflict (id) do update set state = excluded.state, record = excluded.record`
        );
        this.remove = database.prepare('delete from transfer_job where id = ?');
        this.raiseOrder = database.prepare('update transfer_order set last = ? where last < ?');
        this.selectOrder = database.prepare('select last from transfer_order');
        this.selectSetting = database.prepare('select value from transfer_setting where name = ?');
        this.upsertSetting = database.prepare(
            `insert into transfer_setting (name, value) values (?, ?)
             on conflict (name) do update set value = excluded.value`
        );
        this.removeSetting = database.prepare('delete from transfer_setting where name = ?');
        this.putAll = database.transaction((records: readonly JobRecord[]) => {
            for (const record of records) {
                const { id, order, state, accountId } = record;
                this.upsert.run(id, order, state, accountId, JSON.stringify(record));
                this.raiseOrder.run(order, order);
            }
        });
    }

    all(): JobRecord[] {
        return this.select.all().map(row => JSON.parse(row.record) as JobRecord);
    }

    put(...records: readonly JobRecord[]): void {
        this.putAll(records);
    }

    delete(id: string): void {
        this.remove.run(id);
    }

    pause(): QueueStatus['paused'] {
        const row = this.selectSetting.get(PAUSE);
        return row && (JSON.parse(row.value) as NonNullable<QueueStatus['paused']>);
    }

    setPause(paused: QueueStatus['paused']): void {
        if (paused) {
            this.upsertSetting.run(PAUSE, JSON.stringify(paused));
        } else {
            this.removeSetting.run(PAUSE);
        }
    }

    lastOrder(): number {
        return this.selectOrder.get()?.last ?? 0;
    }
}
