import { ConnectError } from '@connect/base';
import type { Account } from '@connect/security/lib/common/account-protocol';
import { parseRemoteUri, remoteUri } from '@connect/security/lib/common/remote-uri';
import { localPathOf } from './source-uris';

/** A server as an `ssh:` address names it. */
export interface ServerAddress {
    readonly host: string;
    readonly user?: string;
    readonly sshPort?: number;
}

/** A source or target as it is typed. */
export type CommandAddress =
    | { readonly kind: 'local'; readonly path: string }
    | { readonly kind: 'account'; readonly account: string; readonly path: string }
    | { readonly kind: 'server'; readonly server: ServerAddress; readonly path: string };

const SSH = /^ssh:\/\/(?:([^@/?#]+)@)?(\[[0-9a-f:.]+\]|[^:@/?#]+)(?::(\d{1,5}))?(\/.*)?$/i;

/**
 * Reads `NAME:/path` (the name or id of an account), `connect://ID/path` as windows show it, `ssh://user@host:port/path`,
 * `file:///path`, or a path on this computer. A name of one letter is a drive on Windows. Paths are taken as they are,
 * without decoding, except in `connect:` and `file:` URIs. `./a:/b` is a path.
 * @throws ConnectError `usage`
 */
export function parseAddress(text: string, windows: boolean): CommandAddress {
    const remote = parseRemoteUri(text);
    if (remote) {
        return { kind: 'account', account: remote.accountId, path: remote.path };
    }
    if (/^ssh:\/\//i.test(text)) {
        return serverAddress(text);
    }
    if (/^file:\/\//i.test(text)) {
        const path = localPathOf(text, windows);
        if (path === undefined) {
            throw new ConnectError('usage', `“${text}” is no file of this computer`);
        }
        return { kind: 'local', path };
    }
    const named = /^([^/\\][^/]*?):(\/.*)$/s.exec(text);
    const isDrive = windows && named?.[1].length === 1;
    if (named && !isDrive) {
        if (named[2].startsWith('//')) {
            throw new ConnectError('usage', `“${text}”: addresses begin with ssh://, connect:// or file://`);
        }
        return { kind: 'account', account: named[1], path: named[2] };
    }
    if (text === '') {
        throw new ConnectError('usage', 'An empty text is no path');
    }
    return { kind: 'local', path: text };
}

/** @throws ConnectError `security.account-unknown`, or `usage` when the name fits several */
export function findAccount(accounts: readonly Account[], nameOrId: string): Account {
    const byId = accounts.find(({ id }) => id === nameOrId);
    const exact = accounts.filter(({ name }) => name === nameOrId);
    const loose = accounts.filter(({ name }) => name.toLowerCase() === nameOrId.toLowerCase());
    const named = exact.length > 0 ? exact : loose;
    if (byId ?? named.length === 1) {
        return byId ?? named[0];
    }
    if (named.length > 1) {
        throw new ConnectError('usage', `Several accounts are named “${nameOrId}”: give the id of one`);
    }
    throw new ConnectError('security.account-unknown', `There is no account “${nameOrId}”`, {
        account: nameOrId
    });
}

/** Accounts whose settings name this server; what the address leaves out fits everything. */
export function accountsOfServer(accounts: readonly Account[], server: ServerAddress): Account[] {
    return accounts.filter(
        ({ settings }) =>
            settings.host?.toLowerCase() === server.host.toLowerCase() &&
            (server.user === undefined || settings.user === server.user) &&
            (server.sshPort === undefined || Number(settings.sshPort) === server.sshPort)
    );
}

/** What {@link parseAddress} takes and a person reads: `NAME:/path`, or a path. */
export function showAddress(uri: string, accounts: ReadonlyMap<string, string>, windows: boolean): string {
    const remote = parseRemoteUri(uri);
    if (remote) {
        return `${accounts.get(remote.accountId) ?? remote.accountId}:${remote.path}`;
    }
    return localPathOf(uri, windows) ?? uri;
}

/** URI of a path on an account; a path that does not begin with `/` is below its root. */
export function accountUri(account: Account, path: string): string {
    return remoteUri(account.id, path);
}

function serverAddress(text: string): CommandAddress {
    const match = SSH.exec(text);
    const sshPort = match?.[3] === undefined ? undefined : Number(match[3]);
    if (!match || sshPort === 0 || (sshPort ?? 1) > 65_535) {
        throw new ConnectError('usage', `“${text}” is not of the form ssh://user@host:port/path`);
    }
    if (match[1]?.includes(':')) {
        throw new ConnectError('usage', 'A password does not belong into an address: it is asked for');
    }
    const host = match[2].replace(/^\[|\]$/g, '');
    return { kind: 'server', server: { host, user: match[1], sshPort }, path: match[4] ?? '/' };
}
