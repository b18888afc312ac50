import { Duplex } from 'stream';
import { ConnectError } from '@connect/base';
import { FileStore } from '@connect/transport/lib/node/file-store';
import { formatPermissions, PERMISSIONS_EXTENSION } from '@connect/transport/lib/node/sftp-permissions';
import { Log } from '../../log';
import { UserPermissions } from '../../storage/user-store';
import { PacketSplitter } from './packet-splitter';
import { mayRunTogether } from './request-order';
import { PacketReader, versionPacket } from './sftp-codec';
import { SftpOperations } from './sftp-operations';
import { EXTENSIONS, Request, SFTP_VERSION } from './sftp-protocol';
import { SftpRequest, SftpRequests } from './sftp-requests';

/** Requests at work at the same time, and those that wait before the channel is no longer read. */
const MAX_RUNNING = 32;
const MAX_WAITING = 64;

/** Answers in the socket's buffer beyond which no request is started: the client does not read. */
const MAX_UNSENT_BYTES = 4 << 20;

export interface SftpOptions {
    readonly permissions: UserPermissions;
    /** The client's SSH identification. */
    readonly clientSoftware: string;
    /** Below the channel: ssh2 writes to it without asking whether it is full. */
    readonly socket: Pick<Duplex, 'writableLength' | 'once' | 'off'>;
    readonly log: Log;
}

/**
 * The SFTP server of one channel (version 3). Requests run side by side as far as {@link mayRunTogether} lets them;
 * whoever sends faster than the disk takes, or asks for more than they read, is no longer read from. So memory is
 * bounded by constants here, whatever a client does.
 */
export class SftpSubsystem {
    private readonly splitter = new PacketSplitter();
    private readonly operations: SftpOperations;
    private readonly requests: SftpRequests;
    private readonly waiting: SftpRequest[] = [];
    private readonly running = new Set<SftpRequest>();
    private isInitialized = false;
    private isClosed = false;
    private isFull = false;
    private finish!: () => void;
    /** Resolves when everything is closed; never rejects. */
    readonly ended = new Promise<void>(resolve => (this.finish = resolve));

    constructor(
        private readonly channel: Duplex,
        private readonly store: FileStore,
        private readonly options: SftpOptions
    ) {
        this.operations = new SftpOperations(store, options.permissions, () => Date.now());
        this.requests = new SftpRequests(this.operations, options.clientSoftware);
        options.log('sftp-started');
        channel.on('data', (chunk: Buffer) => this.onData(chunk));
        channel.on('drain', this.onDrain);
        channel.once('end', () => this.close());
        channel.once('close', () => this.close());
        channel.on('error', error => this.fail(ConnectError.from(error)));
    }

    /** Lets running requests end, then closes all handles. */
    close(): void {
        if (this.isClosed) {
            return;
        }
        this.isClosed = true;
        this.waiting.length = 0;
        this.options.socket.off('drain', this.onDrain);
        if (this.running.size === 0) {
            void this.release();
        }
    }

    private onData(chunk: Buffer): void {
        if (this.isClosed) {
            return;
        }
        try {
            for (const packet of this.splitter.push(chunk)) {
                this.onPacket(packet);
            }
        } catch (error) {
            this.fail(ConnectError.from(error));
            return;
        }
        if (this.waiting.length >= MAX_WAITING) {
            this.channel.pause();
        }
    }

    private onPacket(packet: Buffer): void {
        const reader = new PacketReader(packet);
        const type = reader.byte();
        if (!this.isInitialized) {
            if (type !== Request.Init) {
                throw new ConnectError('transfer.protocol', `SFTP began with packet type ${type}`);
            }
            this.isInitialized = true;
            this.channel.write(versionPacket(SFTP_VERSION, this.extensions()));
            return;
        }
        const id = reader.uint32();
        this.waiting.push(this.requests.parse(type, id, reader));
        this.startNext();
    }

    private extensions(): Record<string, string> {
        return { ...EXTENSIONS, [PERMISSIONS_EXTENSION]: formatPermissions(this.options.permissions) };
    }

    private startNext(): void {
        while (!this.isFull && !this.isClosed && this.running.size < MAX_RUNNING) {
            const next = this.waiting[0];
            if (!next || ![...this.running].every(other => mayRunTogether(other.footprint, next.footprint))) {
                break;
            }
            this.waiting.shift();
            this.running.add(next);
            void this.serve(next);
        }
        if (this.waiting.length < MAX_WAITING / 2 && this.channel.isPaused() && !this.isClosed) {
            this.channel.resume();
        }
    }

    private async serve(request: SftpRequest): Promise<void> {
        const answer = await request.answer();
        this.running.delete(request);
        if (this.isClosed) {
            if (this.running.size === 0) {
                await this.release();
            }
            return;
        }
        const hasRoom = this.channel.write(answer);
        if (!hasRoom || this.options.socket.writableLength > MAX_UNSENT_BYTES) {
            this.waitForRoom(hasRoom);
        }
        this.startNext();
    }

    private waitForRoom(channelHasRoom: boolean): void {
        this.isFull = true;
        if (channelHasRoom) {
            this.options.socket.off('drain', this.onDrain);
            this.options.socket.once('drain', this.onDrain);
        }
    }

    private readonly onDrain = (): void => {
        if (this.options.socket.writableLength > MAX_UNSENT_BYTES) {
            this.waitForRoom(true);
            return;
        }
        this.isFull = false;
        this.startNext();
    };

    private fail(error: ConnectError): void {
        this.options.log('sftp-failed', { reason: error.message });
        this.close();
    }

    private async release(): Promise<void> {
        const failures = await this.operations.dispose();
        failures.forEach(error => this.options.log('sftp-close-failed', { reason: error.message }));
        await this.store.dispose();
        this.options.log('sftp-ended');
        this.finish();
    }
}
