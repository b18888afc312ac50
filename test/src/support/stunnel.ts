import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificateFingerprint } from '@connect/transport/lib/node/trusted-tls';
import { freePort } from './free-port';
import { run, RunningProgram } from './processes';

const PROGRAM = '/usr/bin/stunnel4';

/** Why there is no stunnel here, or undefined when there is one. */
export function stunnelUnavailable(): string | undefined {
    return fs.existsSync(PROGRAM) ? undefined : 'needs stunnel4';
}

/** A real stunnel on loopback that ends TLS in front of another port, with a certificate of its own for `localhost`. */
export class Stunnel {
    private constructor(
        readonly port: number,
        private readonly folder: string,
        private readonly program: RunningProgram
    ) {}

    static async start(target: number): Promise<Stunnel> {
        const folder = fs.mkdtempSync(join(tmpdir(), 'connect-stunnel-'));
        const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'certificate.pem')];
        const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
        const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
        const files = ['-keyout', key, '-out', certificate];
        execFileSync('openssl', ['req', '-x509', ...kind, ...names, ...files], { stdio: 'ignore' });
        const port = await freePort();
        const lines = [
            ...['foreground = yes', 'pid =', `output = ${folder}/log`, 'debug = notice'],
            ...['[socks]', `accept = 127.0.0.1:${port}`, `connect = 127.0.0.1:${target}`],
            ...[`cert = ${certificate}`, `key = ${key}`, '']
        ];
        fs.writeFileSync(join(folder, 'stunnel.conf'), lines.join('\n'));
        const stunnel = new Stunnel(port, folder, run(PROGRAM, [join(folder, 'stunnel.conf')]));
        await stunnel.untilRunning();
        return stunnel;
    }

    /** File of the certificate, PEM. */
    get certificate(): string {
        return join(this.folder, 'certificate.pem');
    }

    get fingerprint(): string {
        return certificateFingerprint(new X509Certificate(fs.readFileSync(this.certificate)).raw);
    }

    /** One line for each connection that was accepted, among others. */
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
            throw new Error(`stunnel does not start: ${this.log}${this.program.stderr}`);
        }
    }
}
