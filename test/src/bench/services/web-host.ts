import * as fs from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { mustSucceed, Service } from '../command';
import type { Lab } from '../lab';

const HTTP_PORT = 8480;
const HTTPS_PORT = 8443;

/** Debian's nginx with a configuration of its own, serving the folder of sources over HTTP and HTTPS. */
export class WebHost {
    private constructor(
        private readonly service: Service,
        private readonly address: string
    ) {}

    static async start(lab: Lab): Promise<WebHost> {
        const folder = lab.subfolder('web');
        const keys = ['-keyout', `${folder}/key.pem`, '-out', `${folder}/cert.pem`];
        const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
        await mustSucceed([
            ...['openssl', 'req', '-x509', '-days', '2', '-subj', '/CN=bench'],
            ...curve,
            ...keys
        ]);
        fs.writeFileSync(join(folder, 'nginx.conf'), configuration(folder, lab));
        const nginx = ['/usr/sbin/nginx', '-e', 'stderr', '-c', `${folder}/nginx.conf`, '-p', folder];
        const service = new Service(lab.onServer(nginx));
        const host = new WebHost(service, lab.path.serverAddress);
        const probe = ['curl', '-s', '-o', '/dev/null', '--retry', '20', '--retry-connrefused'];
        await mustSucceed(lab.onServer([...probe, '--retry-delay', '1', host.url('')]));
        return host;
    }

    url(name: string): string {
        return `http://${this.address}:${HTTP_PORT}/${name}`;
    }

    secureUrl(name: string): string {
        return `https://${this.address}:${HTTPS_PORT}/${name}`;
    }

    stop(): Promise<void> {
        return this.service.stop();
    }
}

function configuration(folder: string, lab: Lab): string {
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
        name => `    ${name}_temp_path ${folder}/${name};`
    );
    const isRoot = process.getuid?.() === 0;
    return [
        ...(isRoot ? [`user ${userInfo().username};`] : []),
        'daemon off;',
        'worker_processes 2;',
        `pid ${folder}/nginx.pid;`,
        'events { worker_connections 1024; }',
        'http {',
        ...temporary,
        '    access_log off;',
        '    sendfile on;',
        '    tcp_nopush on;',
        '    autoindex on;',
        '    keepalive_requests 1000000;',
        '    server {',
        `        listen ${lab.path.serverAddress}:${HTTP_PORT};`,
        `        listen ${lab.path.serverAddress}:${HTTPS_PORT} ssl;`,
        `        ssl_certificate ${folder}/cert.pem;`,
        `        ssl_certificate_key ${folder}/key.pem;`,
        `        root ${lab.sources};`,
        '    }',
        '}',
        ''
    ].join('\n');
}
