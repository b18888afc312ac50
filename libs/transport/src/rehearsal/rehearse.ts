import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Socket } from 'node:net';
import { Writable } from 'node:stream';
import { Server, ServerChannel } from 'ssh2';
import { parseCommandLine } from '../cli/options';
import { RunLog } from '../cli/run-log';
import { TransferRun } from '../cli/run-transfer';
import { Terminal } from '../cli/terminal';
import { EarlyConnection } from '../node/early-connection';
import { useAddon } from '../node/native-addon';
import { SessionServer } from '../node/session-server';
import { EarlyRequests } from '../node/ssh-early-requests';
import { newSshKeyPair } from '../node/ssh-key-pair';
import { coalesceWrites, SERVER_IDENT } from '../node/ssh-shortcuts';
import { MemoryDatagrams } from './memory-datagrams';
import { memorySockets } from './memory-sockets';

const UDP_PORT = 33001;
/** A file that fills a few packets, one of several chunks, and some that go together. */
const FILE_BYTES = [5, 30_000, 3_000_000, ...Array.from({ length: 40 }, () => 4096)];

/**
 * Moves files from one folder below `folder` to another, both ends of a whole session in this process and nothing of it
 * on a network, so that what a session runs through has run once. Rejects when it fails.
 */
export async function rehearse(folder: string): Promise<void> {
    const datagrams = new MemoryDatagrams();
    useAddon(datagrams.addon);
    const [from, to] = [join(folder, 'from'), join(folder, 'to')];
    mkdirSync(from, { recursive: true });
    mkdirSync(to);
    FILE_BYTES.forEach((bytes, index) =>
        writeFileSync(join(from, String(index)), Buffer.alloc(bytes, index))
    );
    const [key, hostKey] = [newSshKeyPair(), newSshKeyPair()];
    const words = ['-q', '-P', '22', '-l', '300M', '--user', 'user', '--host', '127.0.0.1', '--mode=send'];
    const context = { folder, localUser: 'user', nowSeconds: 0, readFile: () => Buffer.alloc(0) };
    for (const source of [join(from, '2'), from]) {
        const command = parseCommandLine([...words, '--accept-new-host-key', source, '/'], context);
        if (command.kind !== 'transfer') {
            throw new Error('the rehearsal is no transfer');
        }
        const [here, there] = memorySockets();
        const gone = farEnd(there, hostKey.private, to, datagrams);
        const run = new TransferRun(
            command,
            { privateKey: key.private },
            new Terminal(silence(), silence(), true),
            RunLog.open(undefined),
            new EarlyConnection(here)
        );
        const code = await run.run();
        if (code !== 0) {
            throw new Error(`the rehearsal ended with ${code}`);
        }
        await gone;
    }
}

/** Lets in whoever comes, as connect-server does, and is the far end of its session. Resolves when that is over. */
function farEnd(socket: Socket, hostKey: string, rootDir: string, datagrams: MemoryDatagrams): Promise<void> {
    const server = new Server({ hostKeys: [hostKey], ident: SERVER_IDENT });
    return new Promise((resolve, reject) => {
        server.on('connection', client => {
            const early = new EarlyRequests(client);
            client.on('authentication', context => {
                early.hold();
                setImmediate(() => {
                    context.accept();
                    early.release();
                });
            });
            client.on('session', accept =>
                accept().on('exec', accepted => {
                    serve(accepted(), rootDir, datagrams).then(resolve, reject);
                })
            );
            client.on('error', reject);
        });
        coalesceWrites(socket);
        server.injectSocket(socket);
    });
}

async function serve(channel: ServerChannel, rootDir: string, datagrams: MemoryDatagrams): Promise<void> {
    const session = new SessionServer({
        input: channel,
        output: channel,
        launch: {
            type: 'launch',
            user: 'user',
            rootDir,
            permissions: { upload: true, download: true, delete: true, owner: false },
            rateRules: {},
            udpPort: UDP_PORT,
            udpHost: '0.0.0.0',
            maxDetachedMs: 0
        },
        ports: { first: UDP_PORT, last: UDP_PORT },
        tell: () => undefined,
        onDatagram: listener => {
            const waiting = datagrams.stray.splice(0);
            waiting.forEach(listener);
            datagrams.onStray = listener;
            return { dispose: () => undefined };
        },
        onChannel: () => undefined
    });
    await session.run();
    channel.exit(0);
    channel.end();
}

function silence(): NodeJS.WriteStream {
    const stream = new Writable({ write: (_bytes, _encoding, done) => done() });
    return stream as unknown as NodeJS.WriteStream;
}
