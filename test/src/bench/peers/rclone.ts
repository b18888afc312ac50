import { join } from 'node:path';
import { TcpAlgorithm } from '../paths/network-path';
import { WEB } from './packages';
import { Peer } from './peer';

const STREAMS = 16;
const TRANSFERS = 64;

export function rclone(tcp: TcpAlgorithm): Peer {
    return {
        id: `rclone-${tcp}`,
        label: `rclone (${tcp})`,
        how: `HTTP download from nginx: ${STREAMS} streams for a file, ${TRANSFERS} files at once for a folder`,
        tcp,
        needs: [...WEB, { package: 'rclone', program: 'rclone' }],
        moves: ['file', 'tree'],
        async prepare(lab, work) {
            const host = await lab.web();
            // a file that is preallocated looks complete when the run is cut
            const common = ['--config', '/dev/null', '-q', '--local-no-preallocate'];
            const to = join(lab.target, work.name);
            if (work.kind === 'file') {
                const streams = ['--multi-thread-streams', String(STREAMS), '--multi-thread-cutoff', '1M'];
                const from = ['--http-url', host.url(''), `:http:${work.name}`];
                return { command: ['rclone', 'copyto', ...common, ...streams, ...from, to] };
            }
            const width = ['--transfers', String(TRANSFERS), '--checkers', String(TRANSFERS)];
            // without HEAD requests it takes for a folder only what ends in a slash
            const from = ['--http-url', host.url(`${work.name}/`), '--http-no-head', ':http:'];
            return { command: ['rclone', 'copy', ...common, ...width, ...from, to] };
        }
    };
}
