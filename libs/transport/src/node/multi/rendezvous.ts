import { createHash, randomBytes } from 'node:crypto';
import { chmodSync, lstatSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, Server, Socket } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { ConnectError } from '@connect/base';

const HAS_PIPES = process.platform === 'win32';
const RETRY_MS = 200;
const ABANDONED_AFTER_MS = 60_000;

/** Where processes find each other that know the same `facts`; nobody else can tell the name or reach the place. */
export function rendezvousPath(facts: readonly unknown[]): string {
    const { username } = userInfo();
    const text = JSON.stringify([username, ...facts]);
    return placeCalled(createHash('sha256').update(text).digest('hex').slice(0, 32));
}

/** A place that only processes find which are told of it. */
export function newRendezvousPath(): string {
    return placeCalled(randomBytes(16).toString('hex'));
}

/** Accepts the other processes of a transfer. */
export class Rendezvous {
    private constructor(
        private readonly server: Server,
        private readonly path: string
    ) {}

    /** @throws ConnectError `usage` when a coordinator with this path is at work already. */
    static async listen(path: string, onSocket: (socket: Socket) => void): Promise<Rendezvous> {
        const server = createServer(onSocket);
        await removeAbandoned(dirname(path));
        try {
            await listening(server, path);
        } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
                throw ConnectError.from(error);
            }
            const other = await tryConnect(path);
            if (other) {
                other.destroy();
                throw new ConnectError('usage', 'The same transfer is being coordinated by another process');
            }
            // left by a process that was killed
            rmSync(path, { force: true });
            await listening(server, path);
        }
        if (!HAS_PIPES) {
            chmodSync(path, 0o600);
        }
        return new Rendezvous(server, path);
    }

    close(): void {
        this.server.close();
        if (!HAS_PIPES) {
            rmSync(this.path, { force: true });
        }
    }
}

/**
 * Reaches the coordinator, which may still have to start.
 * @throws ConnectError `transfer.connect-timeout` when it does not come within this time.
 */
export async function reachCoordinator(path: string, withinMs: number): Promise<Socket> {
    const untilMs = performance.now() + withinMs;
    for (;;) {
        const socket = await tryConnect(path);
        if (socket) {
            return socket;
        }
        if (performance.now() >= untilMs) {
            const message = 'Session 1 of this transfer, which coordinates the others, is not there';
            throw new ConnectError('transfer.connect-timeout', message);
        }
        await new Promise(resolve => setTimeout(resolve, RETRY_MS));
    }
}

/** Places whose processes were killed. Young ones are left: nobody can tell a process that is about to listen. */
async function removeAbandoned(folder: string): Promise<void> {
    for (const name of HAS_PIPES ? [] : readdirSync(folder)) {
        const path = join(folder, name);
        const stat = lstatSync(path, { throwIfNoEntry: false });
        if (!stat || Date.now() - stat.mtimeMs < ABANDONED_AFTER_MS) {
            continue;
        }
        const other = await tryConnect(path);
        if (other) {
            other.destroy();
        } else {
            rmSync(path, { force: true });
        }
    }
}

function placeCalled(name: string): string {
    return HAS_PIPES ? `\\\\.\\pipe\\connect-cp-${name}` : join(privateFolder(), name);
}

/** @throws ConnectError `usage` when somebody else has put something there. */
function privateFolder(): string {
    const { uid } = userInfo();
    const path = join(tmpdir(), `connect-cp-${uid}`);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const stat = lstatSync(path);
    if (!stat.isDirectory() || stat.uid !== uid || (stat.mode & 0o077) !== 0) {
        throw new ConnectError('usage', `${path} is not a folder of this user alone; remove it`);
    }
    return path;
}

function listening(server: Server, path: string): Promise<void> {
    return new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(path, () => {
            server.removeListener('error', reject);
            resolve();
        });
    });
}

function tryConnect(path: string): Promise<Socket | undefined> {
    return new Promise(resolve => {
        const socket = connect(path);
        socket.once('error', () => resolve(undefined));
        socket.once('connect', () => resolve(socket));
    });
}
