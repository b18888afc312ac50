import { ConnectError } from '@connect/base';
import { inject, injectable, preDestroy } from '@theia/core/shared/inversify';
import Database from 'better-sqlite3';
import * as fs from 'node:fs';
import { ConnectHome } from './connect-home';

/**
 * The one database of the backend (`connectdb.data`, SQLite in WAL mode). Every component owns its tables and brings
 * their history as a list of steps. Calls are synchronous: keep statements short.
 */
@injectable()
export class ConnectDatabaseStore {
    @inject(ConnectHome) protected readonly home: ConnectHome;

    private opened?: Database.Database;

    /** Opened at first use. */
    get database(): Database.Database {
        return (this.opened ??= this.open());
    }

    /**
     * Brings the tables of `component` up to date. `steps[i]` is SQL that leads from version i to i + 1; a step that was
     * ever released is never changed. Before tables that hold data are changed, the whole database is copied to
     * `connectdb.data.<component>-<version>`. Each step happens wholly or not at all.
     * @throws ConnectError `not-supported` when the tables were made by a newer version of Connect.
     */
    migrate(component: string, steps: readonly string[]): void {
        const from = this.version(component);
        if (from > steps.length) {
            throw new ConnectError(
                'not-supported',
                `${this.home.databaseFile} was written by a newer version of Connect (${component} ${from}).`,
                { component, version: from }
            );
        }
        if (from > 0 && from < steps.length) {
            this.copyTo(`${this.home.databaseFile}.${component}-${from}`);
        }
        const setVersion = this.database.prepare(
            'INSERT INTO component (name, version) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version'
        );
        steps.slice(from).forEach((step, index) => {
            this.database.transaction(() => {
                this.database.exec(step);
                setVersion.run(component, from + index + 1);
            })();
        });
    }

    @preDestroy()
    close(): void {
        this.opened?.close();
        this.opened = undefined;
    }

    private open(): Database.Database {
        this.home.ensure();
        const database = new Database(this.home.databaseFile);
        fs.chmodSync(this.home.databaseFile, 0o600);
        database.pragma('journal_mode = WAL');
        // in WAL mode this loses at most the last moments at a power failure and nothing when the process is killed
        database.pragma('synchronous = NORMAL');
        database.pragma('busy_timeout = 5000');
        database.pragma('foreign_keys = ON');
        database.exec(
            'CREATE TABLE IF NOT EXISTS component (name TEXT PRIMARY KEY, version INTEGER NOT NULL)'
        );
        return database;
    }

    private version(component: string): number {
        const row = this.database.prepare('SELECT version FROM component WHERE name = ?').get(component);
        return (row as { version: number } | undefined)?.version ?? 0;
    }

    private copyTo(file: string): void {
        fs.rmSync(file, { force: true });
        this.database.prepare('VACUUM INTO ?').run(file);
        fs.chmodSync(file, 0o600);
    }
}
