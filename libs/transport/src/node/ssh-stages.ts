import { isIP, type Socket } from 'node:net';
import { ConnectError } from '@connect/base';
import { StageListener, StageName, StageTeller } from './stage-report';

/** Tells how far a login by SSH comes: name, TCP, host key, login. It only listens, and costs no round trip. */
export class SshStages {
    private readonly teller: StageTeller;
    /** The stage that is to be passed next; undefined when all is said. */
    private open: StageName | undefined = 'name';

    constructor(
        private readonly host: string,
        private readonly port: number,
        onStage: StageListener | undefined,
        now?: () => number
    ) {
        this.teller = new StageTeller(onStage, now);
    }

    /** @param socket that has just begun to connect; one that is connected, e.g. by a proxy, tells nothing of its way */
    follow(socket: Socket): void {
        if (!socket.connecting) {
            this.open = 'host-key';
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
        socket.once('connect', () => {
            this.pass('tcp', 'host-key', { address: socket.remoteAddress ?? this.host, port: this.port });
        });
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

    private pass(stage: StageName, next: StageName | undefined, facts = {}): void {
        if (this.open === stage) {
            this.open = next;
            this.teller.passed(stage, facts);
        }
    }
}
