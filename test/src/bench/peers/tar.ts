import { TcpAlgorithm } from '../paths/network-path';
import { SSH } from './packages';
import { Peer } from './peer';

export function tar(tcp: TcpAlgorithm): Peer {
    return {
        id: `tar-${tcp}`,
        label: `tar over ssh (${tcp})`,
        how: 'tar at both ends of an OpenSSH pipe with aes128-gcm',
        tcp,
        needs: SSH,
        moves: ['tree'],
        async prepare(lab, work) {
            const host = await lab.ssh();
            const far = `${host.shell} ${host.account} tar -C ${lab.target} -xf -`;
            const script = `set -o pipefail; tar -C ${lab.sources} -cf - ${work.name} | ${far}`;
            return { command: ['bash', '-c', script] };
        }
    };
}
