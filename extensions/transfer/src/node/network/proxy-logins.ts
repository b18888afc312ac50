import { CredentialStore } from '@connect/security/lib/node/credential-store';
import type { Remembered } from '@connect/security/lib/common/account-protocol';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { ProxyKind } from '../../common/network-route';

/** How to log in at a proxy. It never leaves the backend as a whole. */
export interface ProxyLogin {
    readonly user: string;
    readonly password: string;
}

/** Logins of proxies, in the keychain of the system or in memory. Ids of accounts have no colon. */
@injectable()
export class ProxyLogins {
    @inject(CredentialStore) protected readonly credentials: CredentialStore;

    /** Undefined when the proxy is used without one. */
    async read(kind: ProxyKind): Promise<ProxyLogin | undefined> {
        const { user, password } = await this.credentials.read(keyOf(kind));
        return user === undefined || user === '' ? undefined : { user, password: password ?? '' };
    }

    write(kind: ProxyKind, login: ProxyLogin, remember: boolean): Promise<Remembered> {
        return this.credentials.write(keyOf(kind), { ...login }, remember);
    }

    /** False when the keychain could not be asked to. */
    forget(kind: ProxyKind): Promise<boolean> {
        return this.credentials.forget(keyOf(kind));
    }
}

function keyOf(kind: ProxyKind): string {
    return `proxy:${kind}`;
}
