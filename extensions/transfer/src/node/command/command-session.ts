import { ConnectError } from '@connect/base';
import { AccountService } from '@connect/security/lib/common/account-protocol';
import { controlConnection, toResponseError } from '@connect/transport/lib/control/control-connection';
import type { Socket } from 'node:net';
import type { MessageConnection } from 'vscode-jsonrpc/node';
import {
    ACCOUNT_METHODS,
    COMMAND_PROTOCOL,
    HelloRequest,
    JobsNotification,
    LeaveRequest,
    MAX_COMMAND_MESSAGE_BYTES,
    ProveRequest,
    TRANSFER_METHODS,
    WatchRequest,
    type CallParams,
    type HelloParams,
    type HelloResult,
    type OwnerKind
} from '../../common/command-protocol';
import type { JobSnapshot, TransferClient, TransferService } from '../../common/transfer-protocol';
import { isProof, newNonce, proofOf } from './peer-proof';

/** A peer that stops reading while the list changes is dropped at this many unsent bytes. */
const MAX_UNSENT_BYTES = 32 * 1024 * 1024;
/** Time to say hello and to prove. */
const GREETING_MS = 10_000;
const REFUSAL_MS = 20;

/** What a connection may use once its peer has proved who it is. */
export interface SessionParts {
    readonly kind: OwnerKind;
    readonly software: string;
    /** The key of this user. */
    readonly key: Buffer;
    readonly transfers: TransferService & { removeClient(client: TransferClient): void };
    readonly accounts: AccountService;
    /** Ends this backend, soon; throws where it may not. */
    leave(): void;
}

type Service = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** One connection to the command socket, on the side of the backend. */
export class CommandSession {
    private readonly connection: MessageConnection;
    private readonly nonce = newNonce();
    private readonly client: TransferClient;
    private isProved = false;

    constructor(
        private readonly socket: Socket,
        private readonly parts: SessionParts
    ) {
        this.connection = controlConnection(socket, socket, MAX_COMMAND_MESSAGE_BYTES);
        this.client = {
            onDidChangeJobs: delta => {
                if (socket.writableLength > MAX_UNSENT_BYTES) {
                    socket.destroy();
                } else {
                    this.unheard(this.connection.sendNotification(JobsNotification, delta));
                }
            }
        };
        // a peer that goes away is told by the socket
        this.connection.onError(() => undefined);
        socket.on('error', () => undefined);
        socket.setTimeout(GREETING_MS, () => socket.destroy());
        socket.once('close', () => {
            parts.transfers.removeClient(this.client);
            this.connection.dispose();
        });
        this.handle();
        this.connection.listen();
    }

    /** Ends the connection when all that was answered is sent. */
    end(): void {
        this.socket.end();
    }

    private handle(): void {
        const { connection, parts } = this;
        connection.onRequest(HelloRequest, params => answer(() => this.hello(params)));
        connection.onRequest(ProveRequest, ({ proof }) => answer(() => this.prove(proof)));
        connection.onRequest(WatchRequest, () => this.proved(() => this.watch()));
        connection.onRequest(LeaveRequest, () =>
            this.proved(() => {
                parts.leave();
                return {};
            })
        );
        this.offer('transfers', TRANSFER_METHODS, parts.transfers as unknown as Service);
        this.offer('accounts', ACCOUNT_METHODS, parts.accounts as unknown as Service);
    }

    private offer(name: string, methods: readonly string[], service: Service): void {
        for (const method of methods) {
            this.connection.onRequest(`${name}/${method}`, (params: CallParams) =>
                this.proved(async () => (await service[method](...argumentsOf(params))) ?? {})
            );
        }
    }

    private hello({ protocol, nonce }: HelloParams): HelloResult {
        const { kind, software, key } = this.parts;
        if (
            protocol !== COMMAND_PROTOCOL ||
            typeof nonce !== 'string' ||
            nonce.length < 22 ||
            nonce.length > 100
        ) {
            throw new ConnectError(
                'transfer.backend-missing',
                `The backend that runs, ${software}, is of another version: end it, then try again`
            );
        }
        const proof = proofOf(key, 'backend', nonce);
        return { protocol: COMMAND_PROTOCOL, software, kind, pid: process.pid, nonce: this.nonce, proof };
    }

    private prove(proof: unknown): object {
        if (!isProof(proof, this.parts.key, 'client', this.nonce)) {
            throw this.refuse();
        }
        this.isProved = true;
        this.socket.setTimeout(0);
        return {};
    }

    private async watch(): Promise<JobSnapshot> {
        // changes from now on; those that are in the snapshot as well are ignored by their number
        this.parts.transfers.setClient(this.client);
        return this.parts.transfers.snapshot();
    }

    private proved<T>(work: () => T | Promise<T>): Promise<T> {
        return answer(() => {
            if (!this.isProved) {
                throw this.refuse();
            }
            return work();
        });
    }

    /** The answer goes first, then the connection. */
    private refuse(): ConnectError {
        setTimeout(() => this.socket.end(), REFUSAL_MS);
        return new ConnectError('transfer.permission-denied', 'The backend answers nobody but its user');
    }

    private unheard(sent: Promise<void>): void {
        sent.catch(() => undefined);
    }
}

function argumentsOf(params: CallParams): readonly unknown[] {
    if (!Array.isArray(params?.args)) {
        throw new ConnectError('usage', 'A call brings its arguments as args, an array');
    }
    return params.args;
}

/** What `work` returns, or its failure as an answer. */
async function answer<T>(work: () => T | Promise<T>): Promise<T> {
    try {
        return await work();
    } catch (error) {
        throw toResponseError(error);
    }
}
