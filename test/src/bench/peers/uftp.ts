import { join } from 'node:path';
import { Service } from '../command';
import { Peer } from './peer';

const PORT = 1044;
/** A little below the link, so that its own packets do not fill the queue. */
const SHARE_OF_LINK = 0.95;
const UNCAPPED_BPS = 1e9;

export const uftp: Peer = {
    id: 'uftp',
    label: 'uftp, fixed rate',
    how: 'one unicast receiver, rate fixed at 95 % of the link, no encryption',
    needs: [{ package: 'uftp', program: 'uftp' }],
    moves: ['file'],
    async prepare(lab, work, linkBps) {
        const folder = lab.subfolder('uftp');
        await lab.service('uftp', async () => {
            const daemon = ['uftpd', '-d', '-p', String(PORT), '-B', '4194304', '-D', lab.target];
            const files = ['-P', join(folder, 'pid'), '-L', join(folder, 'log')];
            return new Service(lab.onServer([...daemon, ...files, '-I', lab.path.serverAddress]));
        });
        const rateKbps = Math.round(((linkBps || UNCAPPED_BPS) / 1000) * SHARE_OF_LINK);
        const where = ['-p', String(PORT), '-M', lab.path.serverAddress, '-H', lab.path.serverAddress];
        return {
            command: [
                'uftp',
                '-q',
                '-R',
                String(rateKbps),
                '-B',
                '4194304',
                ...where,
                join(lab.sources, work.name)
            ]
        };
    }
};
