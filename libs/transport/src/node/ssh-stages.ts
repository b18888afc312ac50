import { isIP, type Socket } from 'node:net';
import { ConnectError, ConnectionStage } from '@connect/base';
import { StageListener, StageTeller } from './stage-teller';

/** Tells how far a login by SSH comes: name, TCP, host key, login. It only listens, and costs no round trip. */
export class SshStages {
    private readonly teller: StageTeller;
    /** The stage that is to be passed next; undefined when all is said. */
    private open: ConnectionStage | undefined = 'name';

    constructor(
        private readonly host: string,
        private readonly port: number,
        onStage: StageListener | undefined,
        now?: () => number
    ) {
        this.teller = new StageTeller(onStage, now);
    }

    /**
     * @param socket that begins to connect; one that a proxy has connected tells nothing of its way
     * @param isEarly it was begun a little before, and may be there already
     */
    follow(socket: Socket, isEarly = false): void {
        const connected = (): void => {
            const address = socket.remoteAddress ?? this.host;
            // the name of one that was begun early may have been looked up before anybody listened
            this.pass('name', 'tcp', { address });
            this.pass('tcp', 'host-key', { address, port: this.port });
        };
        if (!socket.connecting) {
            if (isEarly) {
                connected();
            } else {
                this.open = 'host-key';
            }
            return;
        }
        if (isIP(this.host) > 0) {
            this.pass('name', 'tcp', { address: this.host });
        }
        socket.once('lookup', (error: Error | null, address: string) => {
            if (!error) {
                this.pass('name', 'tcp', { address });
            }
        });
        socket.once('connect', connected);
    }

    hostKey(fingerprint: string, objection: ConnectError | undefined): void {
        if (objection && this.open === 'host-key') {
            this.open = undefined;
            this.teller.failed('host-key', objection, { fingerprint });
        } else {
            this.pass('host-key', 'login', { fingerprint });
        }
    }

    loggedIn(): void {
        this.pass('login', undefined);
    }

    /** Told once, of the stage that was not passed. */
    failed(error: ConnectError): void {
        if (this.open !== undefined) {
            const stage = error.code === 'transfer.authentication-failed' ? 'login' : this.open;
            this.open = undefined;
            const port = stage === 'tcp' || stage === 'host-key' ? { port: this.port } : {};
            this.teller.failed(stage, error, port);
        }
    }

    private pass(stage: ConnectionStage, next: ConnectionStage | undefined, facts = {}): void {
        if (this.open === stage) {
            this.open = next;
            this.teller.passed(stage, facts);
        }
    }
}
