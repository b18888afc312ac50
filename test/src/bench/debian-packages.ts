import * as fs from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { runCommand } from './command';
import { PackageNeed } from './peers/peer';

const POLICY = '/usr/sbin/policy-rc.d';
const INSTALL_LIMIT_MS = 300_000;

export function isInstalled({ program }: PackageNeed): boolean {
    return isAbsolute(program)
        ? fs.existsSync(program)
        : (process.env['PATH'] ?? '').split(delimiter).some(folder => fs.existsSync(join(folder, program)));
}

/**
 * Installs what is missing from Debian, when this is root, and says so before. No service is started or stopped by it.
 * @returns the programs that are missing all the same.
 */
export async function installMissing(
    needs: readonly PackageNeed[],
    say: (line: string) => void
): Promise<Set<string>> {
    const missing = needs.filter(need => !isInstalled(need));
    const names = [...new Set(missing.map(need => need.package))];
    if (names.length > 0 && process.getuid?.() === 0 && isInstalled({ package: 'apt', program: 'apt-get' })) {
        say(`Installing from Debian, to be measured beside connect-cp: ${names.join(', ')}`);
        await install(names, say);
    } else if (names.length > 0) {
        say(`Not installed, and so not measured (installing needs root and apt): ${names.join(', ')}`);
    }
    return new Set(needs.filter(need => !isInstalled(need)).map(({ program }) => program));
}

async function install(names: readonly string[], say: (line: string) => void): Promise<void> {
    const hadPolicy = fs.existsSync(POLICY);
    if (!hadPolicy) {
        // a policy that refuses keeps the packages' servers from being started
        fs.writeFileSync(POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
    }
    try {
        const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
        const options = { env, limitMs: INSTALL_LIMIT_MS };
        await runCommand(['apt-get', 'update', '-qq'], options);
        for (const name of names) {
            const install = ['apt-get', 'install', '-y', '-qq', '--no-install-recommends', name];
            const { exitCode, stderr } = await runCommand(install, options);
            if (exitCode !== 0) {
                say(`${name} could not be installed: ${stderr.trim().split('\n').pop()}`);
            }
        }
    } finally {
        if (!hadPolicy) {
            fs.rmSync(POLICY, { force: true });
        }
    }
}
