import { join } from 'node:path';
import { TcpAlgorithm } from '../paths/network-path';
import { WEB } from './packages';
import { Peer } from './peer';

/** `scheme` https is for comparisons of encrypted transfers; plain HTTP is the faster one. */
export function curl(tcp: TcpAlgorithm, scheme: 'http' | 'https' = 'http'): Peer {
    return {
        id: `curl-${scheme === 'https' ? 'https-' : ''}${tcp}`,
        label: `curl, ${scheme === 'https' ? 'HTTPS' : 'HTTP'} (${tcp})`,
        how: `one ${scheme.toUpperCase()} download from nginx with sendfile`,
        tcp,
        needs: WEB,
        moves: ['file'],
        async prepare(lab, work) {
            const host = await lab.web();
            const url = scheme === 'https' ? host.secureUrl(work.name) : host.url(work.name);
            return { command: ['curl', '-sSfk', '-o', join(lab.target, work.name), url] };
        }
    };
}
