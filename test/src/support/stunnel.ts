import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port';
import { run, RunningProgram } from './processes';

const PROGRAM = '/usr/bin/stunnel4';

/** Why there is no stunnel here, or undefined when there is one. */
export function stunnelUnavailable(): string | undefined {
    return fs.existsSync(PROGRAM) ? undefined : 'needs stunnel4';
}

/** A real stunnel on loopback that takes TLS, with a certificate of its own, and gives what is inside to a port. */
export class Stunnel {
    private constructor(
        readonly port: number,
        /** SHA-256 of the certificate, as openssl prints it. */
        readonly fingerprint: string,
        private readonly folder: string,
        private readonly program: RunningProgram
    ) {}

    static async start(targetPort: number): Promise<Stunnel> {
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-stunnel-'));
        const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
        const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
        const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
        execFileSync(
            'openssl',
            [
                'req',
                '-x509',
                '-nodes',
                '-days',
                '2',
                ...curve,
                ...subject,
                '-keyout',
                key,
                '-out',
                certificate
            ],
            { stdio: 'ignore' }
        );
        const port = await freePort();
        const file = join(folder, 'stunnel.conf');
        const lines = [
            ...['foreground = yes', 'pid =', 'syslog = no', `output = ${join(folder, 'log')}`],
            ...['[proxy]', `accept = 127.0.0.1:${port}`, `connect = 127.0.0.1:${targetPort}`],
            ...[`cert = ${certificate}`, `key = ${key}`, '']
        ];
        fs.writeFileSync(file, lines.join('\n'));
        const { fingerprint256 } = new X509Certificate(fs.readFileSync(certificate));
        const stunnel = new Stunnel(port, fingerprint256, folder, run(PROGRAM, [file], { cwd: folder }));
        await stunnel.untilRunning();
        return stunnel;
    }

    get log(): string {
        const file = join(this.folder, 'log');
        return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    }

    async dispose(): Promise<void> {
        await this.program.end('SIGTERM');
        fs.rmSync(this.folder, { recursive: true, force: true });
    }

    private async untilRunning(): Promise<void> {
        for (let tries = 0; tries < 200 && !/Configuration successful/.test(this.log); tries++) {
            await new Promise(resolve => setTimeout(resolve, 50));
        }
        if (!/Configuration successful/.test(this.log)) {
            throw new Error(`stunnel does not start: ${this.log}`);
        }
    }
}
