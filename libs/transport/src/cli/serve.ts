import { ConnectError, Disposable, ERROR_CATALOG } from '@connect/base';
import { FromSession, SessionDatagram, SessionLaunch, ToSession } from '../control/session-launch';
import { portsOfHost } from '../control/udp-ports';
import { knownHashes } from '../node/content-hash';
import { choosePacketIo } from '../node/packet-io-choice';
import { SessionServer } from '../node/session-server';
import { ChannelInbox } from './channel-inbox';

/** How long a session that was told to end may take to put its files in order. */
const END_WITHIN_MS = 10_000;
/** Datagrams kept for a session that has not started. */
const MAX_EARLY_DATAGRAMS = 64;

/**
 * The far end of a session on standard input and output; started by connect-server, or by an SSH login. Ends the
 * process.
 */
export async function serve(): Promise<void> {
    try {
        await serveOne();
        process.exit(0);
    } catch (error) {
        const { code, message } = ConnectError.from(error);
        process.stderr.write(`${code}: ${message}\n`, () => process.exit(ERROR_CATALOG[code].ascp));
    }
}

async function serveOne(): Promise<void> {
    const datagrams = new DatagramInbox();
    const channels = new ChannelInbox(tell);
    // a process that waits for its client has the time to load what it will need
    choosePacketIo();
    knownHashes();
    const streams = { input: process.stdin, output: process.stdout };
    const launch = process.send ? await firstLaunch(datagrams, channels) : undefined;
    const session = new SessionServer({
        ...streams,
        ...(launch ? { launch } : {}),
        ...localAddress(process.env['SSH_CONNECTION']),
        ports: portsOfHost(process.env),
        tell: message => tell(message),
        onDatagram: listener => datagrams.listen(listener),
        onChannel: listener => channels.listen(listener)
    });
    const stop = (reason: ConnectError): void => {
        setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
        session.stop(reason);
    };
    const terminated = new ConnectError('transfer.peer-aborted', 'The server ends this session');
    process.on('SIGTERM', () => stop(terminated));
    process.on('SIGINT', () => stop(terminated));
    process.on('SIGHUP', () => stop(terminated));
    process.on('disconnect', () => stop(terminated));
    // a defect ends this session, and the client is told; there is no other session in this process
    process.on('uncaughtException', error => {
        process.stderr.write(`${error.stack ?? error.message}\n`);
        stop(ConnectError.from(error));
    });
    await session.run();
    await told;
}

/** Hands the datagrams that connect-server forwards to the session; the first may overtake the request to start. */
class DatagramInbox {
    private listener: ((datagram: SessionDatagram) => void) | undefined;
    private readonly early: SessionDatagram[] = [];

    take(datagram: SessionDatagram): void {
        if (this.listener) {
            this.listener(datagram);
        } else if (this.early.length < MAX_EARLY_DATAGRAMS) {
            // what is beyond is lost, as on the way: the peer sends again
            this.early.push(datagram);
        }
    }

    listen(listener: (datagram: SessionDatagram) => void): Disposable {
        this.listener = listener;
        this.early.splice(0).forEach(listener);
        return { dispose: () => (this.listener = undefined) };
    }
}

function firstLaunch(datagrams: DatagramInbox, channels: ChannelInbox): Promise<SessionLaunch> {
    return new Promise(resolve => {
        process.on('message', (message: ToSession) => {
            if (message.type === 'launch') {
                resolve(message);
            } else if (message.type === 'datagram') {
                datagrams.take(message);
            } else {
                channels.take(message);
            }
        });
        process.once('disconnect', () => process.exit(1));
    });
}

/** Settles when connect-server has been handed what it was told last. */
let told: Promise<void> = Promise.resolve();

function tell(message: FromSession): void {
    if (process.send && process.connected) {
        // connect-server that goes away is seen by its channel being gone
        told = new Promise(resolve => process.send!(message, undefined, undefined, () => resolve()));
    }
}

/** Third word of SSH_CONNECTION: the address of this host that the client reached. */
function localAddress(sshConnection: string | undefined): { readonly localAddress?: string } {
    const address = sshConnection?.split(' ')[2];
    return address ? { localAddress: address } : {};
}
