import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';
import { run, RunningProgram } from './processes';

const PROGRAM = '/usr/sbin/danted';

/** Why there is no dante here, or undefined when there is one. */
export function danteUnavailable(): string | undefined {
    if (process.getuid?.() !== 0) {
        return 'needs root';
    }
    return fs.existsSync(PROGRAM) ? undefined : 'needs dante-server';
}

/** A user that only one dante knows. */
export interface DanteLogin {
    readonly user: string;
    readonly password: string;
}

/** A real dante on loopback that serves CONNECT and UDP ASSOCIATE; with `login`, only for who gives it. */
export class Dante {
    private constructor(
        readonly port: number,
        private readonly folder: string,
        private readonly program: RunningProgram
    ) {}

    static async start(login?: DanteLogin): Promise<Dante> {
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-dante-'));
        // dante gives up root for a user of its own
        fs.chmodSync(folder, 0o777);
        const port = await freePort();
        const file = join(folder, 'danted.conf');
        fs.writeFileSync(file, configuration(folder, port, login ? 'username' : 'none'));
        const args = ['-f', file, '-N', '1'];
        const [command, ...rest] = login ? withUser(folder, login, args) : [PROGRAM, ...args];
        const dante = new Dante(port, folder, run(command!, rest, { cwd: folder }));
        await dante.untilRunning();
        return dante;
    }

    /** What it was asked for, one request a line. */
    get log(): string {
        const file = join(this.folder, 'log');
        return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    }

    async dispose(): Promise<void> {
        await this.program.end('SIGTERM');
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private async untilRunning(): Promise<void> {
        for (let tries = 0; tries < 200 && !/running/.test(this.log); tries++) {
            await new Promise(resolve => setTimeout(resolve, 50));
        }
        if (!/running/.test(this.log)) {
            throw new Error(`dante does not start: ${this.log}`);
        }
    }
}

/**
 * Dante asks the system for passwords. It gets files of its own for that, in a mount namespace that nobody else sees, so
 * that no user is made on the machine.
 */
function withUser(folder: string, { user, password }: DanteLogin, args: readonly string[]): string[] {
    const { stdout } = spawnSync('openssl', ['passwd', '-6', password], { encoding: 'utf8' });
    const add = (name: string, line: string): string => {
        const file = join(folder, name);
        fs.writeFileSync(file, `${fs.readFileSync(`/etc/${name}`, 'utf8')}${line}\n`, { mode: 0o600 });
        return file;
    };
    const passwd = add('passwd', `${user}:x:64990:65534::/nonexistent:/usr/sbin/nologin`);
    fs.chmodSync(passwd, 0o644);
    const shadow = add('shadow', `${user}:${stdout.trim()}:19000:0:99999:7:::`);
    const script = 'mount --bind "$1" /etc/passwd && mount --bind "$2" /etc/shadow && shift 2 && exec "$@"';
    return ['unshare', '--mount', 'sh', '-c', script, 'sh', passwd, shadow, PROGRAM, ...args];
}

function configuration(folder: string, port: number, method: string): string {
    return `
logoutput: ${folder}/log
internal: 127.0.0.1 port = ${port}
external: 127.0.0.1
user.privileged: root
user.unprivileged: nobody
clientmethod: none
socksmethod: ${method}
client pass {
    from: 127.0.0.0/8 to: 0.0.0.0/0
}
socks pass {
    from: 0.0.0.0/0 to: 0.0.0.0/0
    command: connect udpassociate udpreply
    log: connect disconnect error
}
`;
}
