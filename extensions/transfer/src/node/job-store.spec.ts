import { ConnectError } from '@connect/base';
import Database from 'better-sqlite3';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { newRecord, type JobRecord } from '../common/job-record';
import { JobStore, JOB_STORE_STEPS } from './job-store';

const record = (id: string, order: number, facts: Partial<JobRecord> = {}): JobRecord => ({
    ...newRecord({
        id,
        order,
        name: 'a\nb',
        direction: 'send',
        sources: ['file:///home/u/a%0Ab'],
        target: 'connect://demo/in',
        accountId: 'demo',
        accountName: 'Demo',
        createdMs: 1,
        stagingId: undefined
    }),
    ...facts
});

describe('job store', () => {
    let folder: string;
    let file: string;
    let database: Database.Database;

    const open = (): JobStore => {
        database = new Database(file);
        database.pragma('journal_mode = WAL');
        return new JobStore(database);
    };

    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-job-store-'));
        file = path.join(folder, 'db');
        const fresh = new Database(file);
        JOB_STORE_STEPS.forEach(step => fresh.exec(step));
        fresh.close();
    });

    afterEach(() => {
        database.close();
        fs.rmSync(folder, { recursive: true });
    });

    it('gives back after a restart what was put, in list order', () => {
        const error = new ConnectError('transfer.udp-blocked', 'no answer', { host: 'h' }).toWire();
        const second = record('b', 2, { state: 'retrying', attempt: 2, retryAtMs: 99, error });
        const store = open();
        store.put(second);
        store.put(record('a', 1, { stagingId: 's', removeWhenEnded: true }));
        database.close();
        const again = open().all();
        expect(again.map(each => each.id)).to.deep.equal(['a', 'b']);
        expect(again[1]).to.deep.equal(JSON.parse(JSON.stringify(second)));
        expect(again[0]).to.include({ stagingId: 's', removeWhenEnded: true });
    });

    it('replaces a job and never lists it twice', () => {
        const store = open();
        store.put(record('a', 1));
        store.put(record('a', 1, { state: 'failed' }));
        expect(store.all().map(each => each.state)).to.deep.equal(['failed']);
    });

    it('stores several jobs together or not at all', () => {
        const store = open();
        store.put(record('a', 1));
        expect(() => store.put(record('b', 2), record('c', 1))).to.throw();
        expect(store.all().map(each => each.id)).to.deep.equal(['a']);
    });

    it('never gives out the place of a job again, even when that is gone', () => {
        open().put(record('a', 1), record('b', 7));
        const store = open();
        store.delete('b');
        expect(store.lastOrder()).to.equal(7);
        expect(store.all().map(each => each.id)).to.deep.equal(['a']);
    });

    it('keeps the pause, and its end', () => {
        open().setPause({ untilMs: 99 });
        database.close();
        const store = open();
        expect(store.pause()).to.deep.equal({ untilMs: 99 });
        store.setPause({});
        expect(store.pause()).to.deep.equal({});
        store.setPause(undefined);
        expect(store.pause()).to.equal(undefined);
    });

    it('brings jobs of the first version along, in their order', () => {
        const old = new Database(path.join(folder, 'old'));
        old.exec(JOB_STORE_STEPS[0]);
        const insert = old.prepare('insert into transfer_job values (?, ?, ?, ?, ?)');
        const {
            queueRank,
            priority,
            automatic,
            existing: _existing,
            rate,
            fromStart,
            ...before
        } = record('a', 7);
        insert.run('a', 7, 'queued', 'demo', JSON.stringify(before));
        JOB_STORE_STEPS.slice(1).forEach(step => old.exec(step));
        const [job] = new JobStore(old).all();
        old.close();
        const added = { queueRank, priority, automatic, existing: 'resume', rate, fromStart };
        expect(job).to.deep.equal(JSON.parse(JSON.stringify({ ...before, ...added })));
        open();
    });
});
