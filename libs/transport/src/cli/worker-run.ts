import { ConnectError } from '@connect/base';
import { LocalFileStore } from '../node/local-file-store';
import { MessageLink } from '../node/multi/message-link';
import { reachCoordinator } from '../node/multi/rendezvous';
import { FromWorker, ToWorker } from '../node/multi/worker-messages';
import { CoordinatorLink, greet, WorkerSession } from '../node/multi/worker-session';
import { SshCredentials } from '../node/ssh-channel';
import { TransferCommand } from './options';
import { clientOptions } from './transfer-session';

/** What a process of a coordinator is told of its transfer. */
export interface WorkerJob {
    readonly command: TransferCommand;
    readonly credentials: SshCredentials;
}

const CONNECT_WITHIN_MS = 10_000;
/** A process that was told to end does so within this time. */
const END_WITHIN_MS = 8000;

/** One session of a transfer whose coordinator started this process. Says nothing: its coordinator does. */
export async function runWorker(coordinator: string, args: readonly string[]): Promise<void> {
    const session = Number(/^(\d+):/.exec(args[1] ?? '')?.[1]);
    const store = new LocalFileStore();
    let worker: WorkerSession | undefined;
    const stop = (): void => {
        worker?.stop(new ConnectError('cancelled', 'Stopped'));
        setTimeout(() => process.exit(1), END_WITHIN_MS).unref();
    };
    process.on('SIGTERM', stop);
    // a terminal tells the whole group; the coordinator decides what follows
    process.on('SIGINT', () => undefined);
    process.on('SIGHUP', () => undefined);
    try {
        const link = new MessageLink<FromWorker, ToWorker>(
            await reachCoordinator(coordinator, CONNECT_WITHIN_MS)
        );
        const early: ToWorker[] = [];
        const told = jobOf(link, early);
        greet(link, session, false);
        const { command, credentials } = await told;
        const options = clientOptions(command, credentials, store, session);
        worker = new WorkerSession(options, link, early);
        await worker.run();
    } catch {
        // the coordinator has been told, or is gone
        process.exitCode = 1;
    } finally {
        await store.dispose();
    }
    // sockets of a host that does not answer must not keep a finished process alive
    setTimeout(() => process.exit(), 500).unref();
}

function jobOf(link: CoordinatorLink, early: ToWorker[]): Promise<WorkerJob> {
    return new Promise((resolve, reject) => {
        link.onMessage = message => {
            if (message.type === 'job') {
                resolve(message.job as WorkerJob);
            } else {
                early.push(message);
            }
        };
        link.onClosed = () => reject(new ConnectError('transfer.peer-aborted', 'There is nothing to do'));
    });
}
