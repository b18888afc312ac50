import * as fs from 'node:fs';
import { join } from 'node:path';
import { mustSucceed, Service } from '../command';
import type { Lab } from '../lab';
import { CONNECT_SERVER } from '../programs';

export const USER = 'bench';
const PASSWORD = 'as fast as the link';

/**
 * A connect-server whose one user's root is the lab's target folder. The user logs in with a key, as those of its peers
 * over SSH do; without ssh-keygen with a password, whose first use costs the server a slow hash.
 */
export class ConnectHost {
    private constructor(
        private readonly service: Service,
        readonly sshPort: number,
        readonly udpPort: number,
        readonly fingerprint: string,
        /** How connect-cp logs in. */
        readonly login: { readonly options: readonly string[]; readonly env: NodeJS.ProcessEnv }
    ) {}

    /** `packetIo`: how both ends do packet I/O, when it is not what they choose themselves. */
    static async start(lab: Lab, packetIo: string | undefined): Promise<ConnectHost> {
        const data = lab.subfolder(`connect-server-${packetIo ?? 'own'}`);
        fs.rmSync(data, { recursive: true, force: true });
        const server = [process.execPath, CONNECT_SERVER];
        await mustSucceed([...server, 'init', '--data', data]);
        const user = ['user', 'add', USER, '--root', lab.target, '--data', data, '--password-stdin'];
        await mustSucceed([...server, ...user], { input: PASSWORD });
        const login = await loginOf([...server, 'user', 'key', 'add', USER, '--data', data], data);
        const ports = ['--host', lab.path.serverAddress, '--ssh-port', '0', '--udp-port', '0'];
        const start = lab.onServer([...server, 'start', '--data', data, ...ports]);
        const service = new Service(start, { env: { ...process.env, ...packetIoEnvironment(packetIo) } });
        const line = await service.untilOutput(/ssh=\S*:(\d+) udp=\S*:(\d+) fingerprint=(\S+)/);
        return new ConnectHost(service, Number(line[1]), Number(line[2]), line[3], login);
    }

    get pid(): number {
        return this.service.child.pid ?? 0;
    }

    stop(): Promise<void> {
        return this.service.stop();
    }
}

async function loginOf(addKey: readonly string[], folder: string): Promise<ConnectHost['login']> {
    const key = join(folder, 'bench-key');
    try {
        await mustSucceed(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', key]);
    } catch {
        // the loopback part runs without OpenSSH, too
        return { options: [], env: { ASPERA_SCP_PASS: PASSWORD } };
    }
    await mustSucceed([...addKey, '--key-file', `${key}.pub`]);
    return { options: ['-i', key], env: {} };
}

/** Environment that chooses the packet I/O of a connect-cp; nothing for its own choice. */
export function packetIoEnvironment(packetIo: string | undefined): NodeJS.ProcessEnv {
    return packetIo === undefined ? {} : { CONNECT_PACKET_IO: packetIo };
}
