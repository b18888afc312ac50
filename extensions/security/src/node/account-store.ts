import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { Account } from '../common/account-protocol';
import { ConnectDatabaseStore } from './connect-database-store';

const STEPS = [
    `CREATE TABLE account (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        type_id TEXT NOT NULL,
        settings TEXT NOT NULL,
        position INTEGER NOT NULL
    );
    CREATE TABLE forgotten_secret (account_id TEXT PRIMARY KEY);`
];

interface AccountRow {
    id: string;
    name: string;
    type_id: string;
    settings: string;
}

/** Accounts in the order in which they were added. Knows no secret. */
@injectable()
export class AccountStore {
    @inject(ConnectDatabaseStore) protected readonly store: ConnectDatabaseStore;

    @postConstruct()
    protected init(): void {
        this.store.migrate('accounts', STEPS);
    }

    list(): Account[] {
        const rows = this.store.database.prepare('SELECT * FROM account ORDER BY position').all();
        return (rows as AccountRow[]).map(toAccount);
    }

    find(id: string): Account | undefined {
        const row = this.store.database.prepare('SELECT * FROM account WHERE id = ?').get(id);
        return row === undefined ? undefined : toAccount(row as AccountRow);
    }

    /** Adds the account, or replaces what is known about it and keeps its place. */
    save(account: Account): void {
        this.store.database
            .prepare(
                `INSERT INTO account (id, name, type_id, settings, position)
                 VALUES (@id, @name, @typeId, @settings, (SELECT COALESCE(MAX(position), 0) + 1 FROM account))
                 ON CONFLICT (id) DO UPDATE SET name = @name, type_id = @typeId, settings = @settings`
            )
            .run({ ...account, settings: JSON.stringify(account.settings) });
    }

    /** Removes the account and notes that its secrets are to go as well, in one step. */
    remove(id: string): void {
        this.store.database.transaction(() => {
            this.store.database.prepare('DELETE FROM account WHERE id = ?').run(id);
            this.store.database
                .prepare('INSERT OR IGNORE INTO forgotten_secret (account_id) VALUES (?)')
                .run(id);
        })();
    }

    /** Accounts that were removed while the keychain could not be reached, so that their secrets may still be in it. */
    secretsToForget(): string[] {
        const rows = this.store.database.prepare('SELECT account_id FROM forgotten_secret').all();
        return (rows as { account_id: string }[]).map(row => row.account_id);
    }

    secretsForgotten(id: string): void {
        this.store.database.prepare('DELETE FROM forgotten_secret WHERE account_id = ?').run(id);
    }
}

function toAccount(row: AccountRow): Account {
    return {
        id: row.id,
        name: row.name,
        typeId: row.type_id,
        settings: JSON.parse(row.settings) as Account['settings']
    };
}
