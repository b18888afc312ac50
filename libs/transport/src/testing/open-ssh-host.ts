import { ChildProcess, spawn, spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { createServer } from 'node:net';
import { userInfo } from 'node:os';
import { join } from 'node:path';

const SSHD = '/usr/sbin/sshd';
const START_MS = 10_000;

/** Why there can be no {@link OpenSshHost} here, or undefined. */
export function openSshUnavailable(): string | undefined {
    return fs.existsSync(SSHD) ? undefined : 'needs the package openssh-server';
}

/** Debian's own sshd on loopback, for the user of this process, with keys and a configuration of its own. */
export class OpenSshHost {
    private constructor(
        private readonly sshd: ChildProcess,
        readonly port: number,
        readonly fingerprint: string,
        /** File of the private key that may log in. */
        readonly keyFile: string
    ) {}

    /** @param environment what every command there finds set; HOME is where the user is at home */
    static async start(folder: string, environment: Readonly<Record<string, string>>): Promise<OpenSshHost> {
        fs.mkdirSync(folder, { recursive: true });
        const [hostKey, keyFile] = ['host', 'user'].map(name => join(folder, name));
        for (const file of [hostKey!, keyFile!]) {
            run('ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', file);
        }
        if (process.getuid?.() === 0) {
            // sshd separates privileges there; a boot that starts ssh makes it
            fs.mkdirSync('/run/sshd', { recursive: true, mode: 0o755 });
        }
        const port = await freePort();
        const settings = Object.entries(environment).map(([name, value]) => `"${name}=${value}"`);
        const config = [
            ...[`Port ${port}`, 'ListenAddress 127.0.0.1', `HostKey ${hostKey}`],
            ...[`AuthorizedKeysFile ${keyFile}.pub`, `PidFile ${folder}/pid`, 'StrictModes no', 'UsePAM no'],
            ...['PermitRootLogin prohibit-password', 'PasswordAuthentication no', 'AcceptEnv LANG LC_*'],
            `SetEnv ${settings.join(' ')}`
        ];
        fs.writeFileSync(join(folder, 'config'), `${config.join('\n')}\n`);
        const sshd = spawn(SSHD, ['-D', '-e', '-f', join(folder, 'config')], {
            stdio: ['ignore', 'ignore', 'pipe']
        });
        await untilListening(sshd);
        const fingerprint = run('ssh-keygen', '-l', '-f', `${hostKey}.pub`).split(' ')[1]!;
        return new OpenSshHost(sshd, port, fingerprint, keyFile!);
    }

    /** user@host of a command line. */
    get account(): string {
        return `${userInfo().username}@127.0.0.1`;
    }

    async stop(): Promise<void> {
        const gone = new Promise(resolve => this.sshd.once('close', resolve));
        this.sshd.kill('SIGTERM');
        await gone;
    }
}

function run(program: string, ...args: string[]): string {
    const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8' });
    if (status !== 0) {
        throw new Error(`${program}: ${stderr}`);
    }
    return stdout;
}

function untilListening(sshd: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
        let said = '';
        const fail = (): void => reject(new Error(`sshd: ${said}`));
        const late = setTimeout(fail, START_MS);
        sshd.once('close', fail);
        sshd.stderr!.setEncoding('utf8').on('data', (text: string) => {
            said += text;
            if (/Server listening on/.test(said)) {
                clearTimeout(late);
                sshd.off('close', fail);
                resolve();
            }
        });
    });
}

async function freePort(): Promise<number> {
    const server = createServer();
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    await new Promise(resolve => server.close(resolve));
    return port;
}
