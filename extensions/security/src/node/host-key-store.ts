import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { ConnectDatabaseStore } from './connect-database-store';

const STEPS = [
    `CREATE TABLE host_key (
        host TEXT NOT NULL,
        port INTEGER NOT NULL,
        fingerprint TEXT NOT NULL,
        PRIMARY KEY (host, port)
    );`
];

/** The one host key that the user trusts for each server, as `SHA256:…` fingerprint (OpenSSH form). */
@injectable()
export class HostKeyStore {
    @inject(ConnectDatabaseStore) protected readonly store: ConnectDatabaseStore;

    @postConstruct()
    protected init(): void {
        this.store.migrate('host-keys', STEPS);
    }

    /** Undefined when no key was ever trusted for `host:port`. Host names are compared without case. */
    trusted(host: string, port: number): string | undefined {
        const row = this.store.database
            .prepare('SELECT fingerprint FROM host_key WHERE host = ? AND port = ?')
            .get(host.toLowerCase(), port);
        return (row as { fingerprint: string } | undefined)?.fingerprint;
    }

    /** Pins `fingerprint` in place of what was trusted before. */
    trust(host: string, port: number, fingerprint: string): void {
        this.store.database
            .prepare(
                `INSERT INTO host_key (host, port, fingerprint) VALUES (?, ?, ?)
                 ON CONFLICT (host, port) DO UPDATE SET fingerprint = excluded.fingerprint`
            )
            .run(host.toLowerCase(), port, fingerprint);
    }
}
