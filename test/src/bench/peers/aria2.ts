import { TcpAlgorithm } from '../paths/network-path';
import { WEB } from './packages';
import { Peer } from './peer';

const CONNECTIONS = 16;

export function aria2(tcp: TcpAlgorithm): Peer {
    return {
        id: `aria2-${tcp}`,
        label: `aria2, ${CONNECTIONS} connections (${tcp})`,
        how: `HTTP download from nginx over ${CONNECTIONS} connections at once`,
        tcp,
        needs: [...WEB, { package: 'aria2', program: 'aria2c' }],
        moves: ['file'],
        async prepare(lab, work) {
            const host = await lab.web();
            const split = [`-x${CONNECTIONS}`, `-s${CONNECTIONS}`, '-k1M'];
            const quiet = ['-q', '--no-conf', '--file-allocation=none', '--allow-overwrite=true'];
            return {
                command: [
                    'aria2c',
                    ...split,
                    ...quiet,
                    '-d',
                    lab.target,
                    '-o',
                    work.name,
                    host.url(work.name)
                ]
            };
        }
    };
}
