// Starts the demo server and the browser app on loopback and prints the address to log in with; Ctrl-C ends both.
// Environment: CONNECT_HOME (~/.connect), CONNECT_WORKSPACE (the home folder), CONNECT_PORT (3000), CONNECT_SSH_PORT and
// CONNECT_UDP_PORT (33001). A port that is taken, or 0, means any free one.
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { mkdirSync } from 'node:fs';
import { Processes } from './support/processes.mjs';
import { ensureDemoArea } from './support/demo-area.mjs';
import { freeTcpPort, freeUdpPort } from './support/ports.mjs';
import { backend, node, root } from './support/workspace.mjs';

const HOST = '127.0.0.1';
const USER = 'demo';
const PARENT_POLL_MS = 500;
const parent = process.ppid;

const setup = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs')], { stdio: 'inherit' });
if (setup.status !== 0) {
    process.exit(setup.status ?? 1);
}

const home = resolve(process.env.CONNECT_HOME || join(homedir(), '.connect'));
const demo = join(home, 'demo');
const data = join(demo, 'server');
const area = join(demo, 'root');
const connectServer = join(backend, 'connect-server.js');
const env = { ...process.env, CONNECT_HOME: home, CONNECT_CP: join(backend, 'connect-cp.js') };
delete env.CONNECT_DEMO;

const processes = new Processes(join(home, 'logs'));
if (process.env.npm_lifecycle_event) {
    // npm runs this through a shell that does not pass a SIGTERM on: then this is how to learn that npm is gone
    setInterval(() => process.ppid !== parent && processes.stop(0), PARENT_POLL_MS).unref();
}
try {
    mkdirSync(demo, { recursive: true, mode: 0o700 });
    ensureDemoArea(area);
    const password = randomBytes(12).toString('base64url');
    prepareServer(password);
    const server = await startServer();
    await startApp({ name: 'Demo server', host: HOST, ...server, user: USER, password });
} catch (error) {
    await processes.fail(error instanceof Error ? error.message : String(error));
}

/** The user's password is a new one at every start, so that none has to be kept in a file. */
function prepareServer(password) {
    must(['init', '--data', data]);
    const user = [USER, '--data', data, '--password-stdin'];
    const known = must(['user', 'list', '--data', data]).split(/\s+/).includes(USER);
    must(['user', ...(known ? ['passwd', ...user] : ['add', ...user, '--root', area])], password);
}

async function startServer() {
    const sshPort = await freeTcpPort(HOST, process.env.CONNECT_SSH_PORT ?? 33001);
    const udpPort = await freeUdpPort(HOST, process.env.CONNECT_UDP_PORT ?? 33001);
    const ports = ['--ssh-port', String(sshPort), '--udp-port', String(udpPort)];
    const args = ['start', '--data', data, '--host', HOST, ...ports];
    const server = processes.start('demo server', connectServer, args, { env });
    const line = await server.untilLine(/listening ssh=\S*:(\d+) udp=\S*:(\d+) fingerprint=(\S+)/);
    return { sshPort: Number(line[1]), udpPort: Number(line[2]), fingerprint: line[3] };
}

async function startApp(account) {
    const port = await freeTcpPort(HOST, process.env.CONNECT_PORT ?? 3000);
    const workspace = resolve(process.env.CONNECT_WORKSPACE || homedir());
    const args = [`--hostname=${HOST}`, `--port=${port}`, workspace];
    const app = processes.start('app', join(backend, 'main.js'), args, {
        env: { ...env, CONNECT_DEMO: JSON.stringify(account) }
    });
    let logins = 0;
    app.onMessage(message => {
        if (message?.type === 'connect-login') {
            console.log(
                logins++ === 0 ? greeting(message.url) : `\nTo log in from another browser: ${message.url}`
            );
        } else if (message?.type === 'connect-demo-password-dropped') {
            console.log(
                `\nThere is no keychain to keep passwords in, so the app asks for that of the demo server: ${account.password}`
            );
        }
    });
}

function greeting(url) {
    return `
Connect runs. Open this address in a browser on this machine; it works once:

    ${url}

Press Ctrl-C to stop.`;
}

function must(args, input = '') {
    const done = spawnSync(node, [connectServer, ...args], { env, input, encoding: 'utf8' });
    if (done.status !== 0) {
        throw new Error(`The demo server could not be set up: ${done.stderr.trim() || done.error?.message}`);
    }
    return done.stdout;
}
