import * as fs from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { mustSucceed, Service } from '../command';
import type { Lab } from '../lab';

const PORT = 2222;
/** What OpenSSH itself is fastest with on processors that have AES instructions. */
const CIPHER = 'aes128-gcm@openssh.com';

/** Debian's sshd with keys of its own, and the options of `ssh` that reach it. */
export class SshHost {
    private constructor(
        private readonly service: Service,
        private readonly lab: Lab,
        private readonly folder: string
    ) {}

    static async start(lab: Lab): Promise<SshHost> {
        const folder = lab.subfolder('ssh');
        for (const name of ['host', 'user']) {
            fs.rmSync(join(folder, name), { force: true });
            await mustSucceed(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(folder, name)]);
        }
        fs.copyFileSync(join(folder, 'user.pub'), join(folder, 'authorized'));
        if (process.getuid?.() === 0) {
            // sshd separates privileges there; a boot that starts ssh makes it
            fs.mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
        }
        const config = [
            `Port ${PORT}`,
            `ListenAddress ${lab.path.serverAddress}`,
            `HostKey ${folder}/host`,
            `AuthorizedKeysFile ${folder}/authorized`,
            `PidFile ${folder}/pid`,
            'StrictModes no',
            'UsePAM no',
            'PermitRootLogin prohibit-password',
            'PasswordAuthentication no',
            'MaxStartups 100',
            'MaxSessions 100',
            'Subsystem sftp internal-sftp',
            ''
        ];
        fs.writeFileSync(join(folder, 'config'), config.join('\n'));
        const service = new Service(lab.onServer(['/usr/sbin/sshd', '-D', '-e', '-f', `${folder}/config`]));
        await service.untilOutput(/Server listening on/);
        return new SshHost(service, lab, folder);
    }

    /** user@host of a command line. */
    get account(): string {
        return `${userInfo().username}@${this.lab.path.serverAddress}`;
    }

    /** Options that `ssh` and `scp` both take; the port is `-p` or `-P`. */
    options(portOption: '-p' | '-P'): string[] {
        return [
            ...[portOption, String(PORT), '-i', join(this.folder, 'user'), '-c', CIPHER, '-q'],
            ...[
                '-o',
                'StrictHostKeyChecking=no',
                '-o',
                'UserKnownHostsFile=/dev/null',
                '-o',
                'BatchMode=yes'
            ],
            ...['-o', 'Compression=no', '-F', '/dev/null']
        ];
    }

    /** The whole of it as one word, for programs that take the name of their remote shell. */
    get shell(): string {
        return ['ssh', ...this.options('-p')].join(' ');
    }

    stop(): Promise<void> {
        return this.service.stop();
    }
}
