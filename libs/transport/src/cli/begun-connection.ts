import { closeSync, fstatSync } from 'node:fs';
import { Socket } from 'node:net';
import { EarlyConnection } from '../node/early-connection';

/** Tells the program of the connection that its launcher has begun: descriptor, port and host. */
const CONNECTION_VARIABLE = 'CONNECT_CP_CONNECTION';

/** A TCP connection that the launcher of this process has begun, to the host that the command line seemed to name. */
export class BegunConnection {
    private isOpen = true;

    private constructor(
        private readonly descriptor: number,
        private readonly host: string,
        private readonly port: number
    ) {}

    /** Takes it out of the environment. Undefined when there is none. */
    static take(environment: NodeJS.ProcessEnv): BegunConnection | undefined {
        const words = /^(\d{1,9}) (\d{1,5}) ([0-9a-fA-F.:]+)$/.exec(environment[CONNECTION_VARIABLE] ?? '');
        delete environment[CONNECTION_VARIABLE];
        const descriptor = Number(words?.[1] ?? 0);
        return words && isSocket(descriptor)
            ? new BegunConnection(descriptor, words[3]!, Number(words[2]))
            : undefined;
    }

    /** The connection when it goes there; undefined when it does not, or somebody has it. */
    to(host: string, port: number): EarlyConnection | undefined {
        if (!this.isOpen || host !== this.host || port !== this.port) {
            return undefined;
        }
        this.isOpen = false;
        const socket = new Socket({ fd: this.descriptor });
        if (socket.remoteAddress === undefined) {
            awaitConnection(socket);
        }
        return new EarlyConnection(socket);
    }

    /** Ends it unless it was taken. */
    dispose(): void {
        if (this.isOpen) {
            this.isOpen = false;
            closeSync(this.descriptor);
        }
    }
}

/** Of a socket that somebody else began to connect: makes it tell of that as one that Node connects. */
function awaitConnection(socket: Socket): void {
    // the system takes it, being nothing, when there is a connection, and refuses it when there will be none
    socket.write(Buffer.alloc(0), error => {
        if (!error) {
            Object.assign(socket, { connecting: false });
            socket.emit('connect');
            socket.emit('ready');
        }
    });
    Object.assign(socket, { connecting: true });
}

function isSocket(descriptor: number): boolean {
    try {
        return descriptor > 2 && fstatSync(descriptor).isSocket();
    } catch {
        // there is none of this number
        return false;
    }
}
