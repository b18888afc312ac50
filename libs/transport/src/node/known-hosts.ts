import { randomBytes } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { ConnectError } from '@connect/base';

/** Folder of everything the project keeps for a user: `CONNECT_HOME`, else `~/.connect`. */
export function connectHome(environment: NodeJS.ProcessEnv = process.env): string {
    return environment['CONNECT_HOME'] || join(homedir(), '.connect');
}

/** What is remembered of a host and a key it shows. */
export type HostKeyState = 'known' | 'unknown' | 'changed';

interface Entry {
    readonly host: string;
    readonly port: number;
    readonly fingerprint: string;
}

/**
 * Host keys the user trusts, one text line each: `HOST PORT SHA256:…`. Lines that are empty or begin with `#` are kept.
 * A host may have several keys.
 */
export class KnownHosts {
    constructor(readonly path: string = join(connectHome(), 'known_hosts')) {}

    /** `fingerprint` in OpenSSH's form, `SHA256:` and base64 without padding. */
    async check(host: string, port: number, fingerprint: string): Promise<HostKeyState> {
        const keys = (await this.lines()).map(parseLine).filter(entry => isOf(entry, host, port));
        if (keys.length === 0) {
            return 'unknown';
        }
        return keys.some(entry => entry!.fingerprint === fingerprint) ? 'known' : 'changed';
    }

    /** From now on the host must show this key; older keys of it are forgotten. */
    async trust(host: string, port: number, fingerprint: string): Promise<void> {
        const kept = (await this.lines()).filter(line => !isOf(parseLine(line), host, port));
        const text = [...kept, `${host.toLowerCase()} ${port} ${fingerprint}`, ''].join('\n');
        await mkdir(dirname(this.path), { recursive: true, mode: 0o700 });
        const draft = `${this.path}.${randomBytes(6).toString('hex')}`;
        await writeFile(draft, text, { mode: 0o600, flag: 'wx' });
        await rename(draft, this.path);
    }

    /** The ConnectError that says why this key must not be used, or undefined when it may. */
    async objection(host: string, port: number, fingerprint: string): Promise<ConnectError | undefined> {
        const state = await this.check(host, port, fingerprint);
        const data = { host, port, fingerprint };
        if (state === 'unknown') {
            const message = `The key of ${host} port ${port} is not known yet: ${fingerprint}`;
            return new ConnectError('transfer.host-key-unknown', message, data);
        }
        return state === 'changed' ? hostKeyChanged(host, port, fingerprint) : undefined;
    }

    private async lines(): Promise<string[]> {
        try {
            const text = await readFile(this.path, 'utf8');
            return text.split('\n').filter(line => line.trim() !== '');
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
                return [];
            }
            throw ConnectError.from(error);
        }
    }
}

/** The host shows another key than it should. */
export function hostKeyChanged(host: string, port: number, fingerprint: string): ConnectError {
    const message = `${host} port ${port} shows another key than expected: ${fingerprint}`;
    return new ConnectError('transfer.host-key-mismatch', message, { host, port, fingerprint });
}

function parseLine(line: string): Entry | undefined {
    const [host, port, fingerprint] = line.trim().split(/\s+/);
    if (!host || host.startsWith('#') || !port || !fingerprint) {
        return undefined;
    }
    return { host, port: Number(port), fingerprint };
}

function isOf(entry: Entry | undefined, host: string, port: number): boolean {
    return entry !== undefined && entry.host === host.toLowerCase() && entry.port === port;
}
