import { LocalFileStore } from '../node/local-file-store';
import { runTransfer } from './transfer-harness';

/**
 * A process that moves argv[2] into argv[3] until it is done or killed. Exit code 0: everything is there. With `remove`
 * as argv[4] it removes what it has moved.
 */
async function main(): Promise<void> {
    const [source, destination, word] = process.argv.slice(2);
    const removal = { files: true, emptyFolders: true, sourceFolders: false };
    const store = new LocalFileStore();
    const outcome = await runTransfer({
        sender: { store, sources: [{ path: source! }], ...(word === 'remove' ? { removal } : {}) },
        receiver: { store, destination: destination!, createFolder: true }
    });
    process.exitCode = outcome.received instanceof Error || outcome.received.error ? 1 : 0;
}

void main();
