import type { FaspProxy } from '@connect/api';
import type { SocksAddress } from '@connect/transport/lib/node/socks-proxy';
import type { ProxyInUse } from './network-routes';

/** A FASP proxy of the kind `socks5`, as connections are made through it. */
export function socksAddress({ proxy, password }: ProxyInUse<FaspProxy>): SocksAddress {
    const { host, port, user, secure, certificate } = proxy;
    return {
        ...{ host, port, isSecure: secure },
        ...(user === undefined ? {} : { user, password: password ?? '' }),
        ...(certificate === undefined ? {} : { fingerprint: certificate })
    };
}
