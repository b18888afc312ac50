import { join } from 'node:path';
import { TcpAlgorithm } from '../paths/network-path';
import { WEB } from './packages';
import { Peer } from './peer';

const CONNECTIONS = 16;

export function lftp(tcp: TcpAlgorithm): Peer {
    return {
        id: `lftp-${tcp}`,
        label: `lftp pget, ${CONNECTIONS} connections (${tcp})`,
        how: `HTTP download from nginx, pget over ${CONNECTIONS} connections`,
        tcp,
        needs: [...WEB, { package: 'lftp', program: 'lftp' }],
        moves: ['file'],
        async prepare(lab, work) {
            const host = await lab.web();
            // without this it fills the file with zeros first, and a run that was cut looks complete
            const settings = 'set file:use-fallocate no; set net:max-retries 3; set cmd:fail-exit yes';
            const get = `pget -n ${CONNECTIONS} ${host.url(work.name)} -o ${join(lab.target, work.name)}`;
            return { command: ['lftp', '--norc', '-c', `${settings}; ${get}`] };
        }
    };
}
