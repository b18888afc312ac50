import { mustSucceed, runCommand } from '../command';
import { NetworkPath, PathObservation, TcpAlgorithm } from './network-path';

const CLIENT = 'connect-bench-c';
const SERVER = 'connect-bench-s';
const OFFLOADS = ['tso', 'gso', 'gro', 'tx', 'rx', 'sg', 'tx-udp-segmentation'];

/** Two namespaces joined by a cable without delay or cap: MTU 1500, and the host does what a plain card leaves to it. */
export class VethPath implements NetworkPath {
    readonly label = 'veth, MTU 1500, offloads off';
    readonly serverAddress = '10.98.0.2';
    readonly clientPrefix = ['ip', 'netns', 'exec', CLIENT];
    readonly serverPrefix = ['ip', 'netns', 'exec', SERVER];

    static async up(): Promise<VethPath> {
        const path = new VethPath();
        await path.dispose();
        const cable = ['ip', '-n', CLIENT, 'link', 'add', 'wire', 'type', 'veth', 'peer', 'name', 'wire'];
        await mustSucceed(['ip', 'netns', 'add', CLIENT]);
        await mustSucceed(['ip', 'netns', 'add', SERVER]);
        await mustSucceed([...cable, 'netns', SERVER]);
        for (const [name, address] of [
            [CLIENT, '10.98.0.1'],
            [SERVER, '10.98.0.2']
        ]) {
            await mustSucceed(['ip', '-n', name, 'addr', 'add', `${address}/24`, 'dev', 'wire']);
            await mustSucceed(['ip', '-n', name, 'link', 'set', 'lo', 'up']);
            await mustSucceed(['ip', '-n', name, 'link', 'set', 'wire', 'mtu', '1500', 'up']);
            await path.withoutOffloads(name);
        }
        return path;
    }

    async setTcp(algorithm: TcpAlgorithm): Promise<void> {
        for (const [name, source] of [
            [CLIENT, '10.98.0.1'],
            [SERVER, '10.98.0.2']
        ]) {
            const route = ['10.98.0.0/24', 'dev', 'wire', 'src', source, 'congctl', algorithm];
            await mustSucceed(['ip', '-n', name, 'route', 'replace', ...route]);
        }
    }

    beginRun(): Promise<void> {
        return Promise.resolve();
    }

    endRun(): Promise<PathObservation> {
        return Promise.resolve({});
    }

    async dispose(): Promise<void> {
        for (const name of [CLIENT, SERVER]) {
            // only a run that was killed leaves any; they would keep the namespace alive
            const { stdout } = await runCommand(['ip', 'netns', 'pids', name]);
            const pids = stdout.split('\n').filter(Boolean);
            await Promise.all(pids.map(pid => runCommand(['kill', '-9', pid])));
            await runCommand(['ip', 'netns', 'del', name]);
        }
    }

    private async withoutOffloads(name: string): Promise<void> {
        const ethtool = ['ip', 'netns', 'exec', name, 'ethtool'];
        for (const offload of OFFLOADS) {
            // a driver may have one fixed; what counts is checked below
            await runCommand([...ethtool, '-K', 'wire', offload, 'off']);
        }
        const features = await mustSucceed([...ethtool, '-k', 'wire']);
        const on =
            /^(tcp-segmentation-offload|generic-segmentation-offload|generic-receive-offload|tx-udp-segmentation): on/m;
        const left = on.exec(features);
        if (left) {
            throw new Error(`the cable keeps ${left[1]}`);
        }
    }
}
