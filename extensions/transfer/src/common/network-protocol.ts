import type { Remembered } from '@connect/security/lib/common/account-protocol';
import type { NetworkValues, ProxyKind } from './network-route';

export type { ProxyKind } from './network-route';

/** A proxy as windows know it: no answer ever carries a password. */
export interface ProxyState {
    /** Host and port of the one in use, whoever names it; undefined for none. */
    readonly address?: string;
    /** Undefined when it is used without a login. */
    readonly user?: string;
    /** The login comes from the environment, and is changed there. */
    readonly isFromEnvironment: boolean;
}

/** One step of a test, in the order in which they follow each other. */
export interface ProxyStage {
    readonly name: string;
    readonly isOk: boolean;
    /** What was seen. */
    readonly text: string;
}

export interface ProxyReport {
    /** Up to the first that failed. */
    readonly stages: readonly ProxyStage[];
    /** What helps; undefined when all went well. */
    readonly remedy?: string;
    /** What the test could not try, where there is such a thing. */
    readonly note?: string;
}

export const NETWORK_SERVICE_PATH = '/services/connect/network';

export const NetworkService = Symbol('NetworkService');

/**
 * Proxies and their logins. Windows say which settings they mean: those that were just changed may reach the backend's
 * own settings later than the call. Calls reject with a ConnectError, `usage` for what makes no sense.
 */
export interface NetworkService {
    proxy(kind: ProxyKind, settings: NetworkValues): Promise<ProxyState>;
    /** An empty user removes the login. */
    setProxyLogin(kind: ProxyKind, user: string, password: string, remember: boolean): Promise<Remembered>;
    /**
     * Goes through the proxy of these settings, now and for real, whatever hosts are excepted. Never rejects because of
     * the proxy: the report says what failed.
     * @param target `host:port` of a server
     */
    testProxy(kind: ProxyKind, target: string, settings: NetworkValues): Promise<ProxyReport>;
}
