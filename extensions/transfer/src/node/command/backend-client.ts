import { ConnectError } from '@connect/base';
import { controlConnection, fromResponseError } from '@connect/transport/lib/control/control-connection';
import { connect, type Socket } from 'node:net';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import {
    COMMAND_PROTOCOL,
    HelloRequest,
    JobsNotification,
    LeaveRequest,
    MAX_COMMAND_MESSAGE_BYTES,
    ProveRequest,
    WatchRequest,
    type CommandAccounts,
    type CommandTransfers,
    type HelloResult
} from '../../common/command-protocol';
import type { JobDelta, JobSnapshot } from '../../common/transfer-protocol';
import { reachableSocket, refuseForeign, type CommandPaths } from './command-paths';
import { isProof, newNonce, proofOf, readKey } from './peer-proof';

/** Nobody listens: there is no backend, or it is about to come or go. */
const NOBODY = new Set(['ENOENT', 'ECONNREFUSED', 'ECONNRESET', 'EPIPE']);

const GREETING_MS = 10_000;

/** One connection to the backend that runs the transfers of this user. */
export class BackendClient {
    /** Resolves when the connection is gone, whoever ended it. */
    readonly closed: Promise<void>;
    readonly transfers: CommandTransfers = this.service<CommandTransfers>('transfers');
    readonly accounts: CommandAccounts = this.service<CommandAccounts>('accounts');
    private isOpen = true;

    private constructor(
        private readonly socket: Socket,
        private readonly connection: MessageConnection,
        /** Who answers. */
        readonly backend: HelloResult
    ) {
        this.closed = new Promise(resolve => socket.once('close', () => resolve()));
        socket.once('close', () => (this.isOpen = false));
    }

    /**
     * Undefined when no backend listens. Rejects with `transfer.permission-denied` for another user's backend, and with
     * `transfer.backend-missing` for one that does not know this user's key, speaks another version, or says nothing.
     * @param greetingMs how long it may say nothing
     */
    static async open(paths: CommandPaths, greetingMs = GREETING_MS): Promise<BackendClient | undefined> {
        if (process.platform !== 'win32') {
            refuseForeign(paths.folder);
            refuseForeign(paths.socket);
        }
        const socket = await dial(paths.socket);
        if (!socket) {
            return undefined;
        }
        const connection = controlConnection(socket, socket, MAX_COMMAND_MESSAGE_BYTES);
        // the end of the connection is told by the socket
        connection.onError(() => undefined);
        connection.listen();
        const lost = new Promise<undefined>(resolve => socket.once('close', () => resolve(undefined)));
        let timer: NodeJS.Timeout | undefined;
        const silent = new Promise<never>((_resolve, reject) => {
            const error = new ConnectError(
                'transfer.backend-missing',
                'The backend that runs does not answer'
            );
            timer = setTimeout(() => reject(error), greetingMs);
        });
        try {
            const backend = await Promise.race([greet(connection, paths.key), lost, silent]);
            return backend && new BackendClient(socket, connection, backend);
        } catch (error) {
            socket.destroy();
            throw error;
        } finally {
            clearTimeout(timer);
        }
    }

    /** The list now, and then every change of it; see `JobDelta`. */
    watch(onDelta: (delta: JobDelta) => void): Promise<JobSnapshot> {
        this.connection.onNotification(JobsNotification, onDelta);
        return this.inTime(this.connection.sendRequest(WatchRequest, {}));
    }

    /** Asks a backend without windows to end; resolves when it is about to. Rejects with `not-supported` for others. */
    async leave(): Promise<void> {
        try {
            await this.inTime(this.connection.sendRequest(LeaveRequest, {}));
        } catch (error) {
            // one that ends sooner than it answers has done it
            if (this.isOpen || !ConnectError.is(error, 'transfer.backend-missing')) {
                throw error;
            }
        }
    }

    dispose(): void {
        this.connection.dispose();
        this.socket.destroy();
    }

    private service<T extends object>(name: string): T {
        return new Proxy({} as T, {
            get:
                (_target, method) =>
                (...args: unknown[]) =>
                    this.inTime(this.connection.sendRequest(`${name}/${String(method)}`, { args }))
        });
    }

    /** A request that is answered, or rejects when the connection ends before that. */
    private async inTime<T>(answer: Promise<T>): Promise<T> {
        const lost = this.closed.then((): never => {
            throw new ConnectError('transfer.backend-missing', 'The connection to the backend was lost');
        });
        if (!this.isOpen) {
            answer.catch(() => undefined);
            return lost;
        }
        try {
            return await Promise.race([answer, lost]);
        } catch (error) {
            throw this.isOpen
                ? fromResponseError(error)
                : ConnectError.from(error, 'transfer.backend-missing');
        }
    }
}

async function dial(path: string): Promise<Socket | undefined> {
    const reachable = await reachableOrNothing(path);
    if (!reachable) {
        return undefined;
    }
    try {
        return await new Promise<Socket>((resolve, reject) => {
            const socket = connect(reachable.name, () => {
                socket.off('error', reject);
                // what goes wrong from now on ends in 'close'
                socket.on('error', () => undefined);
                resolve(socket);
            });
            socket.once('error', reject);
        });
    } catch (error) {
        const errno = (error as NodeJS.ErrnoException).code ?? '';
        if (NOBODY.has(errno)) {
            return undefined;
        }
        const code =
            errno === 'EACCES' || errno === 'EPERM'
                ? 'transfer.permission-denied'
                : 'transfer.backend-missing';
        throw new ConnectError(code, `The backend cannot be reached: ${(error as Error).message}`, {}, error);
    } finally {
        reachable.release();
    }
}

async function reachableOrNothing(path: string): Promise<ReturnType<typeof reachableSocket> | undefined> {
    try {
        return reachableSocket(path);
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') {
            return undefined;
        }
        throw error;
    }
}

/** Both sides prove that they can read the key of this user. */
async function greet(connection: MessageConnection, keyFile: string): Promise<HelloResult> {
    const key = readKey(keyFile);
    const nonce = newNonce();
    const hello = await request(connection.sendRequest(HelloRequest, { protocol: COMMAND_PROTOCOL, nonce }));
    if (!key || !isProof(hello.proof, key, 'backend', nonce)) {
        throw new ConnectError('transfer.backend-missing', 'What answers is not the backend of this user');
    }
    await request(connection.sendRequest(ProveRequest, { proof: proofOf(key, 'client', hello.nonce) }));
    return hello;
}

async function request<T>(answer: Promise<T>): Promise<T> {
    try {
        return await answer;
    } catch (error) {
        throw fromResponseError(error);
    }
}
