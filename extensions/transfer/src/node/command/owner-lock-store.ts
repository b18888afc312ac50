import Database from 'better-sqlite3';

/**
 * A lock that the kernel takes back from a process that ends, however it ends: an exclusive transaction on an empty
 * SQLite file, which works alike on every system. Node itself offers no file locks.
 */
export class OwnerLockStore {
    private held: Database.Database | undefined;

    /** @param file its folder exists */
    constructor(private readonly file: string) {}

    /** Whether the lock is ours now; does not wait. */
    take(): boolean {
        if (this.held) {
            return true;
        }
        const database = new Database(this.file, { timeout: 0 });
        try {
            // there is nothing to roll back: no second file
            database.pragma('journal_mode = MEMORY');
            database.exec('BEGIN EXCLUSIVE');
        } catch (error) {
            database.close();
            if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) {
                return false;
            }
            throw error;
        }
        this.held = database;
        return true;
    }

    release(): void {
        this.held?.close();
        this.held = undefined;
    }
}
