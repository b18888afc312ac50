import { LocalFileStore } from '../node/local-file-store';
import { runTransfer } from './transfer-harness';

/** A process that moves argv[2] into argv[3] until it is done or killed. Exit code 0: everything is there. */
async function main(): Promise<void> {
    const [source, destination] = process.argv.slice(2);
    const store = new LocalFileStore();
    const outcome = await runTransfer({
        sender: { store, sources: [{ path: source! }] },
        receiver: { store, destination: destination!, createFolder: true }
    });
    process.exitCode = outcome.received instanceof Error || outcome.received.error ? 1 : 0;
}

void main();
