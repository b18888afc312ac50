import { join } from 'node:path';
import { TcpAlgorithm } from '../paths/network-path';
import { Peer } from './peer';
import { SSH } from './packages';

export function scp(tcp: TcpAlgorithm): Peer {
    return {
        id: `scp-${tcp}`,
        label: `scp (${tcp})`,
        how: 'OpenSSH, aes128-gcm, no compression, upload',
        tcp,
        needs: SSH,
        moves: ['file', 'tree'],
        async prepare(lab, work) {
            const host = await lab.ssh();
            const recursive = work.kind === 'tree' ? ['-r'] : [];
            const from = join(lab.sources, work.name);
            const to = `${host.account}:${lab.target}/`;
            return { command: ['scp', ...recursive, ...host.options('-P'), from, to] };
        }
    };
}
