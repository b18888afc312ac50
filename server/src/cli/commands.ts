import { readFileSync, statSync } from 'fs';
import { resolve } from 'path';
import { ConnectError, formatRate, parseRateBps } from '@connect/base';
import { parsePolicies, RateRules } from '@connect/transport/lib/control/rate-rules';
import { DataDirectory } from '../config/data-directory';
import { parseDurationMs } from '../config/duration';
import { serverConfig } from '../config/server-config';
import { identityFingerprint, tlsIdentity } from '../http/tls-identity';
import { stderrLog } from '../log';
import { addressLine, ConnectServer } from '../server';
import { createToken } from '../session/access-token';
import { fingerprint, newHostKey, parseUserKeys } from '../session/ssh-keys';
import { hashPassword } from '../storage/password-hash';
import { PERMISSION_NAMES, User, UserPermissions, UserStore } from '../storage/user-store';

const MAX_PASSWORD_BYTES = 1024;

interface DataOption {
    readonly data: string;
}

interface StartOptions extends DataOption {
    readonly host?: string;
    readonly sshPort?: number;
    readonly udpPort?: number;
    readonly httpsPort?: number;
}

interface RateOptions {
    readonly maxRate?: string;
    readonly policies?: string;
    readonly lockRate?: string;
}

interface AddUserOptions extends DataOption, UserPermissions, RateOptions {
    readonly root: string;
    readonly passwordStdin?: boolean;
}

export async function initialize(options: DataOption): Promise<void> {
    const data = new DataDirectory(options.data);
    data.initialize(newHostKey);
    new UserStore(data.databaseFile).close();
    const identity = await tlsIdentity(data, data.config(), Date.now());
    print(`${data.path} is ready; host key ${fingerprint(data.hostKey())}`);
    print(`certificate of HTTPS ${identityFingerprint(identity)}`);
}

/** Serves until it is asked to end, and then ends this process. */
export async function start(options: StartOptions): Promise<void> {
    const data = new DataDirectory(options.data);
    const { host, sshPort, udpPort } = options;
    // whoever takes any port for SSH has no use for a fixed one of HTTPS
    const httpsPort = options.httpsPort ?? (sshPort === 0 ? 0 : undefined);
    const overrides = Object.entries({ host, sshPort, udpPort, httpsPort }).filter(
        ([, value]) => value !== undefined
    );
    const config = serverConfig({ ...data.config(), ...Object.fromEntries(overrides) });
    // Before the ports are bound: whoever sees the line below may already send the signal.
    const asked = new Promise<string>(done => {
        process.once('SIGTERM', () => done('SIGTERM'));
        process.once('SIGINT', () => done('SIGINT'));
    });
    const server = await ConnectServer.start(data, config, stderrLog);
    print(addressLine(server.address));
    stderrLog('stopping', { signal: await asked });
    const left = await server.close();
    stderrLog('stopped', left.length > 0 ? { left: left.join('; ') } : {});
    // password checks and delays of clients that are gone would hold it for nothing
    process.exit(left.length > 0 ? 1 : 0);
}

export async function printFingerprint(options: DataOption & { readonly https?: boolean }): Promise<void> {
    const data = new DataDirectory(options.data);
    const shown = options.https
        ? identityFingerprint(await tlsIdentity(data, data.config(), Date.now()))
        : fingerprint(data.hostKey());
    print(shown);
}

export async function addUser(name: string, options: AddUserOptions): Promise<void> {
    const rootDir = resolve(options.root);
    if (!statSync(rootDir, { throwIfNoEntry: false })?.isDirectory()) {
        throw new ConnectError('usage', `${rootDir} is not a folder`);
    }
    const rateRules = rulesOf(options, {});
    const passwordHash = options.passwordStdin ? await hashPassword(await passwordFromInput()) : undefined;
    const permissions = Object.fromEntries(
        PERMISSION_NAMES.map(permission => [permission, options[permission] === true])
    ) as unknown as UserPermissions;
    withUsers(options, users =>
        users.add({ name, rootDir, permissions, rateRules, passwordHash }, Date.now())
    );
}

/** What is not named stays; `none` and `all` take a rule away. */
export function limitUser(name: string, options: DataOption & RateOptions): void {
    withUsers(options, users => {
        users.setRateRules(name, rulesOf(options, mustFind(users, name).rateRules));
    });
}

/** What is not named stays. */
export function permitUser(name: string, options: DataOption & Partial<UserPermissions>): void {
    const named = PERMISSION_NAMES.filter(permission => options[permission] !== undefined);
    if (named.length === 0) {
        throw new ConnectError('usage', 'name a permission, for example --owner or --no-delete');
    }
    const changes = Object.fromEntries(named.map(permission => [permission, options[permission]]));
    withUsers(options, users => {
        const { permissions } = mustFind(users, name);
        users.setPermissions(name, { ...permissions, ...changes });
    });
}

function mustFind(users: UserStore, name: string): User {
    const user = users.find(name);
    if (!user) {
        throw new ConnectError('usage', `there is no user "${name}"`);
    }
    return user;
}

function rulesOf({ maxRate, policies, lockRate }: RateOptions, now: RateRules): RateRules {
    const rate = (text: string | undefined, old: number | undefined): number | undefined =>
        text === undefined ? old : text === 'none' ? undefined : parseRateBps(text);
    const allowed =
        policies === undefined ? now.policies : policies === 'all' ? undefined : parsePolicies(policies);
    return {
        maxRateBps: rate(maxRate, now.maxRateBps),
        policies: allowed,
        lockedRateBps: rate(lockRate, now.lockedRateBps)
    };
}

export function removeUser(name: string, options: DataOption): void {
    withUsers(options, users => users.remove(name));
}

export function listUsers(options: DataOption): void {
    withUsers(options, users =>
        users.list().forEach(user => print(userLine(user, users.keys(user.name).length)))
    );
}

export async function setPassword(name: string, options: DataOption): Promise<void> {
    const hash = await hashPassword(await passwordFromInput());
    withUsers(options, users => users.setPassword(name, hash));
}

export function addKeys(name: string, options: DataOption & { readonly keyFile: string }): void {
    let text: string;
    try {
        text = readFileSync(options.keyFile, 'utf8');
    } catch (error) {
        throw new ConnectError('usage', `cannot read ${options.keyFile}`, {}, error);
    }
    const keys = parseUserKeys(text);
    withUsers(options, users => keys.forEach(key => users.addKey(name, key)));
}

export function createAccessToken(name: string, options: DataOption & { readonly expires: string }): void {
    const expiresMs = Date.now() + parseDurationMs(options.expires);
    const user = withUsers(options, users => mustFind(users, name));
    print(createToken(new DataDirectory(options.data).tokenKey(), user.tokenSalt, name, expiresMs));
}

function withUsers<T>(options: DataOption, work: (users: UserStore) => T): T {
    const data = new DataDirectory(options.data);
    data.requireInitialized();
    const users = new UserStore(data.databaseFile);
    try {
        return work(users);
    } finally {
        users.close();
    }
}

async function passwordFromInput(): Promise<string> {
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    for await (const chunk of process.stdin) {
        chunks.push(chunk as Buffer);
        sizeBytes += (chunk as Buffer).length;
        if (sizeBytes > MAX_PASSWORD_BYTES) {
            throw new ConnectError('usage', `a password has at most ${MAX_PASSWORD_BYTES} bytes`);
        }
    }
    // The line end is the shell's, not the password's.
    const password = Buffer.concat(chunks)
        .toString('utf8')
        .replace(/\r?\n$/, '');
    if (password === '') {
        throw new ConnectError('usage', 'no password on standard input');
    }
    return password;
}

function userLine(user: User, keyCount: number): string {
    const granted = PERMISSION_NAMES.filter(name => user.permissions[name]).join(',') || 'nothing';
    const login = [user.passwordHash ? 'password' : '', keyCount > 0 ? `${keyCount} keys` : ''].filter(
        Boolean
    );
    const { maxRateBps, policies, lockedRateBps } = user.rateRules;
    const rules = [
        maxRateBps ? `max ${formatRate(maxRateBps)}` : '',
        lockedRateBps ? `locked at ${formatRate(lockedRateBps)}` : '',
        policies ? `policies ${policies.join(',')}` : ''
    ].filter(Boolean);
    const rate = rules.length > 0 ? `\t${rules.join('; ')}` : '';
    return `${user.name}\t${user.rootDir}\t${granted}\t${login.join(', ') || 'tokens only'}${rate}`;
}

function print(line: string): void {
    process.stdout.write(`${line}\n`);
}
