import { join } from 'node:path';
import { TcpAlgorithm } from '../paths/network-path';
import { SSH } from './packages';
import { Peer } from './peer';

export function rsync(tcp: TcpAlgorithm): Peer {
    return {
        id: `rsync-${tcp}`,
        label: `rsync over ssh (${tcp})`,
        how: 'rsync -a -W --inplace over OpenSSH with aes128-gcm, upload',
        tcp,
        needs: [...SSH, { package: 'rsync', program: 'rsync' }],
        moves: ['file', 'tree'],
        async prepare(lab, work) {
            const host = await lab.ssh();
            const options = ['-a', '-W', '--inplace', '-e', host.shell];
            const ends = [join(lab.sources, work.name), `${host.account}:${lab.target}/`];
            return { command: ['rsync', ...options, ...ends] };
        }
    };
}
