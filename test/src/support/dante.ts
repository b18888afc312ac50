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

/** A real dante on loopback that serves CONNECT and UDP ASSOCIATE; with `needsLogin`, only for users of the system. */
export class Dante {
    private constructor(
        readonly port: number,
        private readonly folder: string,
        private readonly program: RunningProgram
    ) {}

    static async start(needsLogin = false): Promise<Dante> {
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-dante-'));
        // dante gives up root for a user of its own
        fs.chmodSync(folder, 0o777);
        const port = await freePort();
        const file = join(folder, 'danted.conf');
        fs.writeFileSync(file, configuration(folder, port, needsLogin ? 'username' : 'none'));
        const dante = new Dante(port, folder, run(PROGRAM, ['-f', file, '-N', '1'], { cwd: folder }));
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
