import { randomBytes } from 'crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'fs';
import { join, resolve } from 'path';
import { ConnectError } from '@connect/base';
import { ServerConfig, serverConfig } from './server-config';

const TOKEN_KEY_BYTES = 32;

/** The one folder that holds everything a server keeps: configuration, keys, users. Only its owner may read it. */
export class DataDirectory {
    readonly path: string;

    constructor(path: string) {
        this.path = resolve(path);
    }

    get configFile(): string {
        return join(this.path, 'connect-server.json');
    }

    get hostKeyFile(): string {
        return join(this.path, 'host_ed25519');
    }

    get tokenKeyFile(): string {
        return join(this.path, 'token.key');
    }

    get databaseFile(): string {
        return join(this.path, 'server.db');
    }

    /** Key and certificate of HTTPS, when none are configured. */
    get httpsIdentityFile(): string {
        return join(this.path, 'https.pem');
    }

    /**
     * Makes the folder and what is missing in it; what is there is kept, so that doing it twice changes nothing.
     * @param newHostKey gives a fresh private key in OpenSSH's format
     */
    initialize(newHostKey: () => string): void {
        mkdirSync(this.path, { recursive: true, mode: 0o700 });
        chmodSync(this.path, 0o700);
        this.create(this.hostKeyFile, newHostKey);
        this.create(this.tokenKeyFile, () => randomBytes(TOKEN_KEY_BYTES).toString('hex') + '\n');
        this.create(this.configFile, () => '{}\n');
        // SQLite takes an empty file as an empty database, and its companion files take over the mode.
        this.create(this.databaseFile, () => '');
    }

    /** @throws ConnectError `usage` when the file is no valid configuration */
    config(): ServerConfig {
        const text = this.read(this.configFile);
        let parsed: unknown;
        try {
            parsed = JSON.parse(text);
        } catch (error) {
            throw new ConnectError(
                'usage',
                `${this.configFile} is not JSON: ${(error as Error).message}`,
                {},
                error
            );
        }
        return serverConfig(parsed, this.configFile);
    }

    hostKey(): string {
        return this.read(this.hostKeyFile);
    }

    tokenKey(): Buffer {
        const key = Buffer.from(this.read(this.tokenKeyFile).trim(), 'hex');
        if (key.length !== TOKEN_KEY_BYTES) {
            throw new ConnectError('usage', `${this.tokenKeyFile} is damaged: remove it and run init again`);
        }
        return key;
    }

    /** @throws ConnectError `usage` when `init` was not run there */
    requireInitialized(): void {
        if (!existsSync(this.hostKeyFile)) {
            throw new ConnectError(
                'usage',
                `${this.path} is no server's data: run connect-server init --data first`
            );
        }
    }

    private create(file: string, content: () => string): void {
        if (!existsSync(file)) {
            // `wx`: two init commands at the same time must not leave a key that one of them has already shown.
            writeFileSync(file, content(), { mode: 0o600, flag: 'wx' });
        }
    }

    private read(file: string): string {
        this.requireInitialized();
        try {
            return readFileSync(file, 'utf8');
        } catch (error) {
            throw new ConnectError('usage', `cannot read ${file}: run init again`, {}, error);
        }
    }
}
