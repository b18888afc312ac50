import type { FaspProxy, ProxyAddress } from '@connect/api';
import { bareHost, DIRECT_BY_DEFAULT, goesDirect } from './direct-hosts';
import type { NetworkConfiguration } from './network-preferences';

/** Which of the two proxies. */
export type ProxyKind = 'http' | 'fasp';

export const PROXY_KINDS: readonly ProxyKind[] = ['http', 'fasp'];

/** A proxy whose login may stand beside its address, as it does in the environment. */
export interface NamedProxy extends ProxyAddress {
    readonly password?: string;
}

/** Settings by name; what is missing has its default, what makes no sense is not there. */
export type NetworkValues = Readonly<Partial<NetworkConfiguration>>;
type Environment = Readonly<Record<string, string | undefined>>;

/** Whether the settings name a proxy of this kind at all, for any host. */
export function isProxyNamed(kind: ProxyKind, values: NetworkValues, environment: Environment): boolean {
    return kind === 'http'
        ? httpProxyNamed(values, environment) !== undefined
        : faspProxyNamed(values) !== undefined;
}

/** The HTTP proxy on the way to `host`; undefined for none. Its login is known only where the environment names it. */
export function httpProxyTo(
    host: string,
    values: NetworkValues,
    environment: Environment
): NamedProxy | undefined {
    if (goesDirect(host, values['connect.network.noProxy'] ?? DIRECT_BY_DEFAULT)) {
        return undefined;
    }
    const isSystem = (values['connect.network.httpProxy.mode'] ?? 'system') === 'system';
    if (isSystem && goesDirect(host, listOf(environment.NO_PROXY ?? environment.no_proxy))) {
        return undefined;
    }
    return httpProxyNamed(values, environment);
}

/** The HTTP proxy of the settings, whatever the host. */
export function httpProxyNamed(values: NetworkValues, environment: Environment): NamedProxy | undefined {
    switch (values['connect.network.httpProxy.mode'] ?? 'system') {
        case 'system':
            return environmentProxy(environment);
        case 'manual':
            return addressOf(
                values['connect.network.httpProxy.host'],
                values['connect.network.httpProxy.port'],
                8080
            );
        default:
            return undefined;
    }
}

/** The proxy for SSH and UDP on the way to `host`; undefined for none. */
export function faspProxyTo(host: string, values: NetworkValues): FaspProxy | undefined {
    return goesDirect(host, values['connect.network.noProxy'] ?? DIRECT_BY_DEFAULT)
        ? undefined
        : faspProxyNamed(values);
}

/** The proxy for SSH and UDP of the settings, whatever the host. */
export function faspProxyNamed(values: NetworkValues): FaspProxy | undefined {
    if (values['connect.network.faspProxy.enabled'] !== true) {
        return undefined;
    }
    const address = addressOf(
        values['connect.network.faspProxy.host'],
        values['connect.network.faspProxy.port'],
        1080
    );
    const certificate = (values['connect.network.faspProxy.certificate'] ?? '').trim();
    return (
        address && {
            ...address,
            kind: values['connect.network.faspProxy.kind'] === 'dnat' ? 'dnat' : 'socks5',
            secure: values['connect.network.faspProxy.secure'] === true,
            ...(certificate === '' ? {} : { certificate })
        }
    );
}

function listOf(text: string | undefined): string[] {
    // NO_PROXY by custom means example.com with all names below it, ports are read over
    return (text ?? '')
        .split(/[\s,]+/)
        .map(item => item.replace(/^(.*[^:\]]):\d+$/, '$1'))
        .flatMap(item => (/^[^*.\d[:]/.test(item) ? [item, `.${item}`] : [item]));
}

function environmentProxy(environment: Environment): NamedProxy | undefined {
    const names = ['HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
    const text = names.map(name => environment[name]).find(value => value !== undefined && value !== '');
    const whole = text === undefined || /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
    // a SOCKS proxy is none that HTTP can be spoken with
    if (whole === undefined || !/^http:/i.test(whole) || !URL.canParse(whole)) {
        return undefined;
    }
    const { hostname, port, username, password } = new URL(whole);
    return {
        host: bareHost(hostname),
        port: port === '' ? 80 : Number(port),
        ...(username === '' ? {} : { user: decodeURIComponent(username) }),
        ...(password === '' ? {} : { password: decodeURIComponent(password) })
    };
}

function addressOf(host: unknown, port: unknown, fallback: number): ProxyAddress | undefined {
    const name = typeof host === 'string' ? bareHost(host) : '';
    const isPort = typeof port === 'number' && Number.isInteger(port) && port >= 1 && port <= 65_535;
    return name === '' ? undefined : { host: name, port: isPort ? port : fallback };
}
