import * as fs from 'node:fs';
import * as os from 'node:os';
import { runCommand } from './command';
import { CHECKOUT, CONNECT_CP } from './programs';

/** What the figures depend on, in words. */
export function describeMachine(): Record<string, string> {
    const [cpu] = os.cpus();
    const release = fs.existsSync('/etc/os-release') ? fs.readFileSync('/etc/os-release', 'utf8') : '';
    const system = /^PRETTY_NAME="?([^"\n]+)/m.exec(release)?.[1] ?? os.type();
    return {
        processor: `${cpu?.model.trim() ?? 'unknown'}, ${os.cpus().length} cores`,
        memory: `${(os.totalmem() / 2 ** 30).toFixed(0)} GiB`,
        system: `${system}, ${os.type()} ${os.release()}, ${os.arch()}`,
        'load before': os
            .loadavg()
            .map(load => load.toFixed(1))
            .join(' ')
    };
}

const VERSIONS: Readonly<Record<string, readonly string[]>> = {
    'connect-cp': [...CONNECT_CP, '--version'],
    OpenSSH: ['ssh', '-V'],
    rsync: ['rsync', '--version'],
    curl: ['curl', '--version'],
    nginx: ['/usr/sbin/nginx', '-v'],
    aria2: ['aria2c', '--version'],
    lftp: ['lftp', '--version'],
    rclone: ['rclone', 'version'],
    uftp: ['dpkg-query', '-W', '-f', '${Version}', 'uftp'],
    iperf3: ['iperf3', '--version']
};

/** Some list every library they were built with. */
const MAX_CHARS = 80;

/** Name → first line of what the program says of its version; what is not here is left out. */
export async function describePrograms(): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const [name, command] of Object.entries(VERSIONS)) {
        const said = await runCommand(command).then(
            ({ exitCode, stdout, stderr }) => (exitCode === 0 ? stdout.trim() || stderr.trim() : ''),
            // not installed
            () => ''
        );
        if (said) {
            found[name] = said.split('\n')[0].slice(0, MAX_CHARS);
        }
    }
    return found;
}

/** Commit that is measured, with a plus when files differ from it. */
export async function describeCommit(): Promise<string> {
    const git = ['git', '-C', CHECKOUT];
    const commit = await runCommand([...git, 'rev-parse', '--short', 'HEAD']);
    const changes = await runCommand([...git, 'status', '--porcelain', '--untracked-files=no']);
    return commit.exitCode === 0 ? commit.stdout.trim() + (changes.stdout ? '+' : '') : 'unknown';
}
