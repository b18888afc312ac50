import type {
    FaspProxy,
    ProxyAddress,
    TransferCredentials,
    TransferEndpoint,
    TransferRoute
} from '@connect/api';
import { inject, injectable } from '@theia/core/shared/inversify';
import {
    faspProxyNamed,
    faspProxyTo,
    httpProxyNamed,
    httpProxyTo,
    type NamedProxy,
    type NetworkValues,
    type ProxyKind
} from '../../common/network-route';
import { TransferPreferences } from '../../common/transfer-preferences';
import { ProxyLogins } from './proxy-logins';

/** A way to a server, and the secrets that it needs. */
export interface RouteWithSecrets {
    readonly route: TransferRoute;
    readonly secrets: Pick<TransferCredentials, 'httpProxyPassword' | 'faspProxyPassword'>;
}

/** A proxy with all that is needed to use it. */
export interface ProxyInUse<T extends ProxyAddress = ProxyAddress> {
    readonly proxy: T;
    readonly password?: string;
}

/** Ways to servers, as the settings of this moment have them. */
@injectable()
export class NetworkRoutes {
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(ProxyLogins) protected readonly logins: ProxyLogins;

    /** The way to an endpoint; proxies are left out for hosts that the settings except. */
    async to(endpoint: TransferEndpoint): Promise<RouteWithSecrets> {
        const host = hostOf(endpoint);
        const http = await this.httpProxy(host);
        const fasp = await this.faspProxy(host);
        return {
            route: {
                httpsFallback: this.preferences['connect.network.httpsFallback'] !== 'never',
                ...(http ? { httpProxy: http.proxy } : {}),
                ...(fasp ? { faspProxy: fasp.proxy } : {})
            },
            secrets: {
                ...(http?.password === undefined ? {} : { httpProxyPassword: http.password }),
                ...(fasp?.password === undefined ? {} : { faspProxyPassword: fasp.password })
            }
        };
    }

    /** The HTTP proxy on the way to a host. */
    async httpProxy(host: string): Promise<ProxyInUse | undefined> {
        const named = httpProxyTo(host, this.preferences, process.env);
        return named && this.withLogin('http', named);
    }

    /** The proxy for SSH and UDP on the way to a host. */
    async faspProxy(host: string): Promise<ProxyInUse<FaspProxy> | undefined> {
        const named = faspProxyTo(host, this.preferences);
        return named && this.withLogin('fasp', named);
    }

    /** The HTTP proxy that settings name, whatever the host, with its login. */
    async namedHttpProxy(values: NetworkValues): Promise<ProxyInUse | undefined> {
        const named = httpProxyNamed(values, process.env);
        return named && this.withLogin('http', named);
    }

    /** The same for SSH and UDP. */
    async namedFaspProxy(values: NetworkValues): Promise<ProxyInUse<FaspProxy> | undefined> {
        const named = faspProxyNamed(values);
        return named && this.withLogin('fasp', named);
    }

    /** A login that stands in the environment is the one meant there. */
    private async withLogin<T extends NamedProxy>(
        kind: ProxyKind,
        { password, ...rest }: T
    ): Promise<ProxyInUse<T>> {
        const proxy = rest as unknown as T;
        if (proxy.user !== undefined) {
            return { proxy, password };
        }
        const login = await this.logins.read(kind);
        return login ? { proxy: { ...proxy, user: login.user }, password: login.password } : { proxy };
    }
}

function hostOf(endpoint: TransferEndpoint): string {
    if (endpoint.protocol === undefined) {
        return endpoint.host;
    }
    return URL.canParse(endpoint.address) ? new URL(endpoint.address).hostname : '';
}
