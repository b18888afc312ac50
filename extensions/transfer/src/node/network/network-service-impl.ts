import { ConnectError } from '@connect/base';
import type { Remembered } from '@connect/security/lib/common/account-protocol';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { NetworkService, ProxyReport, ProxyState } from '../../common/network-protocol';
import { PROXY_KINDS, type NetworkValues, type ProxyKind } from '../../common/network-route';
import { NetworkRoutes } from './network-routes';
import { ProxyLogins } from './proxy-logins';
import { testFaspProxy, testHttpProxy, type TestTarget } from './proxy-test';

/** Longest user name and password that proxies take: RFC 1929. */
const MAX_LOGIN = 255;

/** Proxies, for windows. */
@injectable()
export class NetworkServiceImpl implements NetworkService {
    @inject(NetworkRoutes) protected readonly routes: NetworkRoutes;
    @inject(ProxyLogins) protected readonly logins: ProxyLogins;

    async proxy(kind: ProxyKind, settings: NetworkValues): Promise<ProxyState> {
        checkKind(kind);
        const values = checkSettings(settings);
        const inUse =
            kind === 'http'
                ? await this.routes.namedHttpProxy(values)
                : await this.routes.namedFaspProxy(values);
        if (inUse) {
            const { host, port, user } = inUse.proxy;
            const isFromEnvironment = user !== undefined && (await this.logins.read(kind))?.user !== user;
            return {
                address: `${host.includes(':') ? `[${host}]` : host}:${port}`,
                user,
                isFromEnvironment
            };
        }
        return { user: (await this.logins.read(kind))?.user, isFromEnvironment: false };
    }

    async setProxyLogin(
        kind: ProxyKind,
        user: string,
        password: string,
        remember: boolean
    ): Promise<Remembered> {
        checkKind(kind);
        for (const text of [user, password]) {
            if (typeof text !== 'string' || Buffer.byteLength(text) > MAX_LOGIN) {
                throw new ConnectError('usage', `User and password have at most ${MAX_LOGIN} bytes each.`);
            }
        }
        if (user === '') {
            const isForgotten = await this.logins.forget(kind);
            return isForgotten
                ? { remembered: false }
                : { remembered: false, reason: 'The keychain does not answer, and may still hold it.' };
        }
        return this.logins.write(kind, { user, password }, remember === true);
    }

    async testProxy(kind: ProxyKind, target: string, settings: NetworkValues): Promise<ProxyReport> {
        checkKind(kind);
        const place = parseTarget(target);
        const values = checkSettings(settings);
        if (kind === 'http') {
            const inUse = await this.routes.namedHttpProxy(values);
            return inUse ? testHttpProxy(inUse, place) : NOTHING_TO_TEST;
        }
        const inUse = await this.routes.namedFaspProxy(values);
        return inUse ? testFaspProxy(inUse, place) : NOTHING_TO_TEST;
    }
}

const NOTHING_TO_TEST: ProxyReport = {
    stages: [{ name: 'Settings', isOk: false, text: 'No proxy is named.' }],
    remedy: 'Switch the proxy on and name its host.'
};

function checkKind(kind: unknown): void {
    if (!PROXY_KINDS.includes(kind as ProxyKind)) {
        throw new ConnectError('usage', 'There is no such proxy.');
    }
}

function checkSettings(settings: unknown): NetworkValues {
    if (typeof settings !== 'object' || settings === null) {
        throw new ConnectError('usage', 'Settings are an object by name.');
    }
    return settings as NetworkValues;
}

function parseTarget(text: unknown): TestTarget {
    const match =
        typeof text === 'string' ? /^\s*(\[[0-9a-f:.]+\]|[^\s:/]+):(\d+)\s*$/i.exec(text) : undefined;
    const port = Number(match?.[2]);
    if (!match || port < 1 || port > 65_535) {
        throw new ConnectError('usage', 'Name the server as host:port.');
    }
    return { host: match[1].replace(/^\[|\]$/g, ''), port };
}
