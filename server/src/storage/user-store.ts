import Database from 'better-sqlite3';
import { randomBytes } from 'crypto';
import { ConnectError } from '@connect/base';
import { parsePolicies, RateRules } from '@connect/transport/lib/control/rate-rules';

/** What a user may do below the storage root. */
export interface UserPermissions {
    /** List folders. */
    readonly browse: boolean;
    readonly download: boolean;
    /** Write files, and the folders that an upload brings along. */
    readonly upload: boolean;
    readonly mkdir: boolean;
    readonly rename: boolean;
    readonly delete: boolean;
    /** Give what is uploaded to the owners and groups of its sources; not granted unless it is named. */
    readonly owner: boolean;
}

export const PERMISSION_NAMES = [
    'browse',
    'download',
    'upload',
    'mkdir',
    'rename',
    'delete',
    'owner'
] as const;

export interface NewUser {
    readonly name: string;
    /** Absolute path of the storage root. */
    readonly rootDir: string;
    readonly permissions: UserPermissions;
    /** Of each of the user's sessions; by default there are none. */
    readonly rateRules?: RateRules;
    /** From {@link hashPassword}; undefined when the user has keys or tokens only. */
    readonly passwordHash?: string;
}

export interface User extends NewUser {
    readonly rateRules: RateRules;
    /** Random; part of what signs the user's tokens, so a new one makes the old tokens worthless. */
    readonly tokenSalt: Buffer;
    readonly createdMs: number;
}

/** A public key that logs a user in. */
export interface UserKey {
    /** SSH name of the key's type, e.g. `ssh-ed25519`. */
    readonly type: string;
    /** The key in SSH wire format. */
    readonly blob: Buffer;
    readonly comment: string;
}

/** `user_version` n of the database means that the first n of these have run. */
const MIGRATIONS = [
    `CREATE TABLE users (
        name TEXT PRIMARY KEY,
        root_dir TEXT NOT NULL,
        permissions TEXT NOT NULL,
        max_rate_bps INTEGER,
        password_hash TEXT,
        token_salt BLOB NOT NULL,
        created_ms INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE user_keys (
        user_name TEXT NOT NULL REFERENCES users (name) ON DELETE CASCADE,
        type TEXT NOT NULL,
        blob BLOB NOT NULL,
        comment TEXT NOT NULL,
        PRIMARY KEY (user_name, blob)
    ) STRICT;`,
    `ALTER TABLE users ADD COLUMN policies TEXT;
    ALTER TABLE users ADD COLUMN locked_rate_bps INTEGER;`
];

interface UserRow {
    name: string;
    root_dir: string;
    permissions: string;
    max_rate_bps: number | null;
    policies: string | null;
    locked_rate_bps: number | null;
    password_hash: string | null;
    token_salt: Buffer;
    created_ms: number;
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._@-]{0,63}$/;

/** Users and their keys in one SQLite file. Statements are short; the server and its command line share the file. */
export class UserStore {
    private readonly database: Database.Database;

    constructor(file: string) {
        this.database = new Database(file);
        this.database.pragma('journal_mode = WAL');
        this.database.pragma('foreign_keys = ON');
        this.database.pragma('busy_timeout = 5000');
        this.migrate();
    }

    /** @throws ConnectError `usage` when the name is not allowed or taken */
    add(user: NewUser, nowMs: number): void {
        if (!NAME.test(user.name)) {
            throw new ConnectError(
                'usage',
                `"${user.name}" is not a user name: letters, digits and . _ @ - only`
            );
        }
        const insert = this.database.prepare(
            `INSERT INTO users (name, root_dir, permissions, password_hash, token_salt, created_ms,
                max_rate_bps, policies, locked_rate_bps)
             VALUES (:name, :rootDir, :permissions, :passwordHash, :tokenSalt, :createdMs,
                :maxRateBps, :policies, :lockedRateBps)
             ON CONFLICT DO NOTHING`
        );
        const result = insert.run({
            name: user.name,
            rootDir: user.rootDir,
            permissions: permissionColumn(user.permissions),
            ...rateColumns(user.rateRules ?? {}),
            passwordHash: user.passwordHash ?? null,
            tokenSalt: randomBytes(16),
            createdMs: nowMs
        });
        if (result.changes === 0) {
            throw new ConnectError('usage', `there is a user "${user.name}" already`);
        }
    }

    find(name: string): User | undefined {
        const row = this.database.prepare('SELECT * FROM users WHERE name = ?').get(name) as
            UserRow | undefined;
        return row && toUser(row);
    }

    list(): User[] {
        return (this.database.prepare('SELECT * FROM users ORDER BY name').all() as UserRow[]).map(toUser);
    }

    /** Removes the user with keys; tokens end with it. @throws ConnectError `usage` when there is none */
    remove(name: string): void {
        this.mustChange(name, this.database.prepare('DELETE FROM users WHERE name = ?').run(name).changes);
    }

    /** Tokens that were made before stop working. @throws ConnectError `usage` when there is no such user */
    setPassword(name: string, passwordHash: string): void {
        const update = this.database.prepare(
            'UPDATE users SET password_hash = ?, token_salt = ? WHERE name = ?'
        );
        this.mustChange(name, update.run(passwordHash, randomBytes(16), name).changes);
    }

    /** Holds from the next session on. @throws ConnectError `usage` when there is no such user */
    setRateRules(name: string, rules: RateRules): void {
        const update = this.database.prepare(
            `UPDATE users SET max_rate_bps = :maxRateBps, policies = :policies, locked_rate_bps = :lockedRateBps
             WHERE name = :name`
        );
        this.mustChange(name, update.run({ name, ...rateColumns(rules) }).changes);
    }

    /** Holds from the next login on. @throws ConnectError `usage` when there is no such user */
    setPermissions(name: string, permissions: UserPermissions): void {
        const update = this.database.prepare('UPDATE users SET permissions = ? WHERE name = ?');
        this.mustChange(name, update.run(permissionColumn(permissions), name).changes);
    }

    /** Adding a key twice is harmless. @throws ConnectError `usage` when there is no such user */
    addKey(name: string, key: UserKey): void {
        this.mustChange(name, this.find(name) ? 1 : 0);
        this.database
            .prepare('INSERT OR REPLACE INTO user_keys VALUES (?, ?, ?, ?)')
            .run(name, key.type, key.blob, key.comment);
    }

    keys(name: string): UserKey[] {
        return this.database
            .prepare('SELECT type, blob, comment FROM user_keys WHERE user_name = ? ORDER BY rowid')
            .all(name) as UserKey[];
    }

    close(): void {
        this.database.close();
    }

    private mustChange(name: string, changes: number): void {
        if (changes === 0) {
            throw new ConnectError('usage', `there is no user "${name}"`);
        }
    }

    private migrate(): void {
        const run = this.database.transaction(() => {
            const done = this.database.pragma('user_version', { simple: true }) as number;
            if (done > MIGRATIONS.length) {
                throw new ConnectError(
                    'usage',
                    'the database was written by a newer version of connect-server'
                );
            }
            MIGRATIONS.slice(done).forEach(step => this.database.exec(step));
            this.database.pragma(`user_version = ${MIGRATIONS.length}`);
        });
        // Immediate: two processes that open a fresh database must not both create its tables.
        run.immediate();
    }
}

function permissionColumn(permissions: UserPermissions): string {
    return PERMISSION_NAMES.filter(name => permissions[name]).join(',');
}

function rateColumns({
    maxRateBps,
    policies,
    lockedRateBps
}: RateRules): Record<string, number | string | null> {
    return {
        maxRateBps: maxRateBps ?? null,
        policies: policies?.join(',') ?? null,
        lockedRateBps: lockedRateBps ?? null
    };
}

function toUser(row: UserRow): User {
    const granted = new Set(row.permissions.split(','));
    return {
        name: row.name,
        rootDir: row.root_dir,
        permissions: Object.fromEntries(
            PERMISSION_NAMES.map(name => [name, granted.has(name)])
        ) as unknown as UserPermissions,
        rateRules: {
            ...(row.max_rate_bps === null ? {} : { maxRateBps: row.max_rate_bps }),
            ...(row.policies === null ? {} : { policies: parsePolicies(row.policies) }),
            ...(row.locked_rate_bps === null ? {} : { lockedRateBps: row.locked_rate_bps })
        },
        passwordHash: row.password_hash ?? undefined,
        tokenSalt: row.token_salt,
        createdMs: row.created_ms
    };
}
