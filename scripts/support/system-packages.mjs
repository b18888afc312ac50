// What the operating system must bring along, and why.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const hasCommand = name =>
    (process.env.PATH ?? '').split(delimiter).some(folder => existsSync(join(folder, name)));
const hasLibrary = name => spawnSync('pkg-config', ['--exists', name], { stdio: 'ignore' }).status === 0;

const BUILD = [
    {
        name: 'g++',
        why: 'compiles native parts of the keychain and file-watching libraries',
        has: () => hasCommand('g++')
    },
    { name: 'make', why: 'compiles them', has: () => hasCommand('make') },
    {
        name: 'python3',
        why: 'node-gyp, which drives the compiler, is written in it',
        has: () => hasCommand('python3')
    },
    { name: 'pkg-config', why: 'finds the libraries below', has: () => hasCommand('pkg-config') },
    {
        name: 'libsecret-1-dev',
        why: 'passwords are kept in the keychain of the system',
        has: () => hasLibrary('libsecret-1')
    },
    { name: 'libx11-dev', why: 'keyboard layouts in the desktop app', has: () => hasLibrary('x11') },
    { name: 'libxkbfile-dev', why: 'keyboard layouts in the desktop app', has: () => hasLibrary('xkbfile') }
];

const TESTS = [
    {
        name: 'chromium',
        why: 'the browser tests use a real browser',
        has: () => ['chromium', 'chromium-browser', 'google-chrome'].some(hasCommand)
    },
    { name: 'fonts-dejavu-core', why: 'text in that browser' },
    { name: 'fonts-noto-color-emoji', why: 'emoji in file names in that browser' },
    { name: 'dbus', why: 'the keychain is reached over it', has: () => hasCommand('dbus-run-session') },
    {
        name: 'gnome-keyring',
        why: 'the keychain tests use a real keychain',
        has: () => hasCommand('gnome-keyring-daemon')
    },
    {
        name: 'python3-dbusmock',
        why: 'plays the services that tell of battery and connection',
        has: () => existsSync('/usr/lib/python3/dist-packages/dbusmock')
    },
    {
        name: 'openssh-client',
        why: 'a plain sftp browses the server in the tests',
        has: () => hasCommand('sftp')
    },
    {
        name: 'openssh-server',
        why: 'transfers with hosts that run nothing but a plain sshd',
        service: 'ssh',
        has: () => existsSync('/usr/sbin/sshd')
    },
    {
        name: 'rclone',
        why: 'rclone browses the server in the tests',
        has: () => hasCommand('rclone')
    },
    {
        name: 'procps',
        why: 'the tests look at processes',
        has: () => hasCommand('ps')
    },
    {
        name: 'squid',
        why: 'the tests go through a real HTTP proxy',
        service: 'squid',
        has: () => existsSync('/usr/sbin/squid')
    },
    {
        name: 'dante-server',
        why: 'the tests go through a real SOCKS proxy',
        service: 'danted',
        has: () => existsSync('/usr/sbin/danted')
    },
    {
        name: 'stunnel4',
        why: 'the tests reach that proxy inside TLS',
        service: ['stunnel4', 'stunnel.target'],
        has: () => existsSync('/usr/bin/stunnel4')
    },
    { name: 'iproute2', why: 'network namespaces in the tests', has: () => hasCommand('ip') },
    {
        name: 'nftables',
        why: 'blocks UDP in the tests',
        has: () => hasCommand('nft') || existsSync('/usr/sbin/nft')
    }
];

/** Makes sure that what is needed is there; throws with a text for people when it is not and cannot be installed. */
export function ensureSystemPackages({ forTests }) {
    const wanted = forTests ? [...BUILD, ...TESTS] : BUILD;
    if (!existsSync('/etc/debian_version') || !hasCommand('apt-get')) {
        const missing = wanted.filter(({ has }) => has && !has());
        if (missing.length > 0) {
            throw new Error(
                `This system is not Debian, so nothing is installed here. Please install what these Debian packages hold, then run this again:\n${list(missing)}`
            );
        }
        return;
    }
    const installed = installedPackages(wanted.map(({ name }) => name));
    const missing = wanted.filter(({ name, has }) => !installed.has(name) && !has?.());
    if (missing.length > 0) {
        install(missing);
    }
}

function install(missing) {
    const names = missing.map(({ name }) => name);
    console.log(`Installing system packages with apt:\n${list(missing)}`);
    const prefix = asRoot(names);
    const apt = args =>
        spawnSync(...command([...prefix, 'apt-get', '-o', 'Acquire::Retries=3', ...args]), {
            stdio: ['inherit', 'ignore', 'inherit']
        });
    // lists that are out of date may still do: the second command decides
    apt(['update', '-qq']);
    const services = missing.flatMap(({ service }) => service ?? []);
    const { status } = withoutStarting(services, prefix, () =>
        apt(['install', '-y', '-qq', '--no-install-recommends', ...names])
    );
    if (status !== 0) {
        throw new Error(`apt-get could not install them. Please run: apt-get install ${names.join(' ')}`);
    }
}

const POLICY = '/usr/sbin/policy-rc.d';

/**
 * Packages of servers begin to serve when they are installed. The tests start their own, so here they do not, now or
 * at the next start of the machine: Debian asks this program (invoke-rc.d(8)), and what was enabled is disabled again.
 */
function withoutStarting(services, prefix, installThem) {
    if (services.length === 0 || existsSync(POLICY)) {
        return installThem();
    }
    const asRootDo = script => spawnSync(...command([...prefix, 'sh', '-c', script]), { stdio: 'ignore' });
    asRootDo(`printf '#!/bin/sh\\nexit 101\\n' > ${POLICY} && chmod 755 ${POLICY}`);
    try {
        return installThem();
    } finally {
        asRootDo(`rm -f ${POLICY}; systemctl disable ${services.join(' ')}`);
    }
}

/** How to run a command as root; `env` because sudo drops the environment. */
function asRoot(names) {
    const env = ['env', 'DEBIAN_FRONTEND=noninteractive'];
    if (process.getuid() === 0) {
        return env;
    }
    if (!hasCommand('sudo')) {
        throw new Error(
            `Installing them needs root and there is no sudo. As root, run: apt-get install ${names.join(' ')}`
        );
    }
    const canAsk = process.stdin.isTTY ? [] : ['-n'];
    return ['sudo', ...canAsk, ...env];
}

function installedPackages(names) {
    const query = spawnSync('dpkg-query', ['-W', '-f=${Package} ${db:Status-Status}\n', ...names], {
        encoding: 'utf8'
    });
    const lines = query.stdout.split('\n').map(line => line.split(' '));
    return new Set(lines.filter(([, status]) => status === 'installed').map(([name]) => name));
}

function command([program, ...args]) {
    return [program, args];
}

function list(packages) {
    return packages.map(({ name, why }) => `  ${name.padEnd(24)}${why}`).join('\n');
}
