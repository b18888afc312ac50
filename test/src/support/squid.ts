import { spawnSync } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';
import { run, RunningProgram } from './processes';

const PROGRAM = '/usr/sbin/squid';
const PASSWORD_CHECK = '/usr/lib/squid/basic_ncsa_auth';

/** Why there is no squid here, or undefined when there is one. */
export function squidUnavailable(): string | undefined {
    return [PROGRAM, PASSWORD_CHECK].every(file => fs.existsSync(file)) ? undefined : 'needs squid';
}

/** A real squid on loopback that connects to any port; with `login`, only for who gives it. */
export class Squid {
    private constructor(
        readonly port: number,
        private readonly folder: string,
        private readonly program: RunningProgram
    ) {}

    static async start(login?: { readonly user: string; readonly password: string }): Promise<Squid> {
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-squid-'));
        // squid gives up root for a user of its own
        fs.chmodSync(folder, 0o777);
        const port = await freePort();
        fs.writeFileSync(join(folder, 'squid.conf'), configuration(folder, port, login));
        const args = ['-N', '-f', join(folder, 'squid.conf')];
        const program = run(PROGRAM, args, { cwd: folder });
        const squid = new Squid(port, folder, program);
        await squid.untilListening();
        return squid;
    }

    /** What it was asked for, one request a line. */
    get log(): string {
        return fs.readFileSync(join(this.folder, 'access.log'), 'utf8');
    }

    async dispose(): Promise<void> {
        await this.program.end('SIGKILL');
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private async untilListening(): Promise<void> {
        for (let tries = 0; tries < 400; tries++) {
            if (this.program.child.exitCode !== null) {
                break;
            }
            const log = join(this.folder, 'cache.log');
            if (fs.existsSync(log) && fs.readFileSync(log, 'utf8').includes('Accepting HTTP')) {
                return;
            }
            await new Promise(resolve => setTimeout(resolve, 50));
        }
        throw new Error(`squid does not start: ${this.program.stderr}`);
    }
}

function configuration(
    folder: string,
    port: number,
    login: { readonly user: string; readonly password: string } | undefined
): string {
    const lines = [
        `http_port 127.0.0.1:${port}`,
        'cache deny all',
        `access_log stdio:${folder}/access.log`,
        `cache_log ${folder}/cache.log`,
        `pid_filename ${folder}/squid.pid`,
        `coredump_dir ${folder}`,
        'shutdown_lifetime 0 seconds',
        'buffered_logs off',
        'pinger_enable off'
    ];
    if (login) {
        const hash = spawnSync('openssl', ['passwd', '-apr1', login.password], { encoding: 'utf8' });
        fs.writeFileSync(join(folder, 'passwords'), `${login.user}:${hash.stdout.trim()}\n`);
        lines.push(
            `auth_param basic program ${PASSWORD_CHECK} ${folder}/passwords`,
            'acl known proxy_auth REQUIRED',
            'http_access allow known'
        );
    }
    return [...lines, login ? 'http_access deny all' : 'http_access allow all', ''].join('\n');
}
