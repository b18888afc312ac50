import type { Socket } from 'node:net';
import { ConnectError, StageFacts } from '@connect/base';
import type { HelloMessage } from '../control/control-protocol';
import type { SocksAddress } from './socks-proxy';
import { StageListener, StageTeller } from './stage-teller';
import { isUdpFailure } from './udp-errors';

/** Where a session stands: before its login, before the server's first message, before its first datagram, or beyond. */
type Place = 'login' | 'session' | 'udp' | 'moving';

/** Tells how far a session over SSH and UDP comes. What SSH tells of its part goes through {@link tell}. */
export class SessionStages {
    private readonly teller: StageTeller;
    private place: Place = 'login';
    private path: StageFacts = {};

    constructor(
        readonly tell: StageListener,
        now?: () => number
    ) {
        this.teller = new StageTeller(tell, now);
    }

    async proxy(proxy: SocksAddress, connecting: Promise<Socket>): Promise<Socket> {
        const facts = { proxy: `${proxy.host}:${proxy.port}` };
        try {
            const socket = await connecting;
            this.teller.passed('proxy', facts);
            return socket;
        } catch (error) {
            this.teller.failed('proxy', ConnectError.from(error), facts);
            throw error;
        }
    }

    loggedIn(): void {
        this.place = 'session';
        this.teller.begin();
    }

    /** The server has begun the session; datagrams go to `path` from now on. */
    agreed({ software, https }: HelloMessage, path: StageFacts): void {
        this.place = 'udp';
        this.path = path;
        const offer = https ? { httpsPort: https.port, httpsFingerprint: https.fingerprint } : {};
        this.teller.passed('session', { software, ...offer });
    }

    answered(): void {
        if (this.place === 'udp') {
            this.place = 'moving';
            this.teller.passed('udp', this.path);
        }
    }

    /** @param failure what ended the session: only what kept it from moving files is a matter of a stage */
    ended(failure: ConnectError): void {
        if (failure.code === 'cancelled') {
            return;
        }
        if (isUdpFailure(failure)) {
            this.teller.failed('udp', failure, this.path);
        } else if (this.place === 'session') {
            this.teller.failed('session', failure);
        }
        this.place = 'moving';
    }
}
