import { ConnectError } from '@connect/base';
import { FileStore, OpenFile } from '../node/file-store';
import { ReceiverOptions, TransferReceiver } from '../node/transfer-receiver';
import { SenderOptions } from '../node/sender-options';
import { TransferSender } from '../node/transfer-sender';
import { TransferEvents, TransferSummary } from '../node/transfer-types';
import { COMMON_HASH, HashAlgorithm } from '../proto/hash-algorithm';
import { MemoryLinkOptions, MemoryStreamPort } from './memory-stream-port';

/** Both ends of a transfer in one process. */
export interface TransferSetup {
    /** Of both ends. Default SHA-256. */
    readonly hash?: HashAlgorithm;
    readonly sender: Omit<SenderOptions, 'port' | 'hash'>;
    readonly receiver: Omit<ReceiverOptions, 'port' | 'hash'>;
    readonly link?: MemoryLinkOptions;
    readonly senderEvents?: TransferEvents;
    readonly receiverEvents?: TransferEvents;
    /** Called when both ends exist, before they run. */
    readonly onStart?: (ends: { sender: TransferSender; receiver: TransferReceiver }) => void;
}

export interface TransferOutcome {
    readonly sent: TransferSummary | ConnectError;
    readonly received: TransferSummary | ConnectError;
    /** Data bytes that arrived at the receiver. */
    readonly dataBytes: number;
    readonly recordsToReceiver: number;
    readonly recordsToSender: number;
}

/** Runs a transfer over a link in memory until both ends have ended. When one end fails, the link is cut. */
export async function runTransfer(setup: TransferSetup): Promise<TransferOutcome> {
    const [a, b] = MemoryStreamPort.pair(setup.link);
    const { hash = COMMON_HASH } = setup;
    const sender = new TransferSender({ ...setup.sender, hash, port: a }, setup.senderEvents);
    const receiver = new TransferReceiver({ ...setup.receiver, hash, port: b }, setup.receiverEvents);
    setup.onStart?.({ sender, receiver });
    const cutLink = (error: unknown): ConnectError => {
        const known = ConnectError.from(error);
        // A last record may still be under way.
        setImmediate(() =>
            setImmediate(() => {
                a.cut();
                sender.stop(new ConnectError('transfer.connection-lost', 'The other end is gone'));
                receiver.stop(new ConnectError('transfer.connection-lost', 'The other end is gone'));
            })
        );
        return known;
    };
    const [sent, received] = await Promise.all([sender.run().catch(cutLink), receiver.run().catch(cutLink)]);
    return {
        sent,
        received,
        dataBytes: b.receivedBytes,
        recordsToReceiver: b.recordsReceived,
        recordsToSender: a.recordsReceived
    };
}

type StoreMethod =
    'list' | 'rename' | 'open' | 'makeDirectory' | 'lstat' | 'removeFile' | 'makeLink' | 'syncDirectory';

/** What to do before an operation: throw to make it fail. */
export type StoreHook = (
    operation: StoreMethod | keyof OpenFile,
    path: string,
    bytes?: Uint8Array
) => void | Promise<void>;

/** A store whose operations, those of open files included, can be made to fail or to wait. */
export function hookedStore(store: FileStore, hook: StoreHook): FileStore {
    const file = (open: OpenFile, path: string): OpenFile => ({
        read: async (target, position) => {
            await hook('read', path);
            return open.read(target, position);
        },
        write: async (bytes, position) => {
            await hook('write', path, bytes);
            return open.write(bytes, position);
        },
        writeParts: async (parts, position) => {
            await hook('write', path, Buffer.concat(parts));
            return open.writeParts(parts, position);
        },
        truncate: async size => {
            await hook('truncate', path);
            return open.truncate(size);
        },
        stat: async () => {
            await hook('stat', path);
            return open.stat();
        },
        setTimes: async (atimeNs, mtimeNs) => {
            await hook('setTimes', path);
            return open.setTimes(atimeNs, mtimeNs);
        },
        showsReading: open.showsReading,
        setOwner: (uid, gid) => open.setOwner(uid, gid),
        setMode: mode => open.setMode(mode),
        sync: async dataOnly => {
            await hook('sync', path);
            return open.sync(dataOnly);
        },
        close: () => open.close()
    });
    return {
        stat: path => store.stat(path),
        lstat: async path => {
            await hook('lstat', path);
            return store.lstat(path);
        },
        list: path => store.list(path),
        open: async (path, access, mode) => {
            await hook('open', path);
            return file(await store.open(path, access, mode), path);
        },
        makeDirectory: async (path, mode) => {
            await hook('makeDirectory', path);
            return store.makeDirectory(path, mode);
        },
        rename: async (from, to) => {
            await hook('rename', from);
            return store.rename(from, to);
        },
        removeFile: async path => {
            await hook('removeFile', path);
            return store.removeFile(path);
        },
        removeDirectory: path => store.removeDirectory(path),
        readLink: path => store.readLink(path),
        makeLink: async (target, path) => {
            await hook('makeLink', path);
            return store.makeLink(target, path);
        },
        setTimes: (path, atimeNs, mtimeNs) => store.setTimes(path, atimeNs, mtimeNs),
        setLinkTimes: (path, atimeNs, mtimeNs) => store.setLinkTimes(path, atimeNs, mtimeNs),
        setFolderOwner: (path, uid, gid) => store.setFolderOwner(path, uid, gid),
        setLinkOwner: (path, uid, gid) => store.setLinkOwner(path, uid, gid),
        setMode: (path, mode) => store.setMode(path, mode),
        syncDirectory: async path => {
            await hook('syncDirectory', path);
            return store.syncDirectory(path);
        },
        freeBytes: path => store.freeBytes(path),
        dispose: () => store.dispose()
    };
}
