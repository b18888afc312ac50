import { createHash, Hash } from 'node:crypto';
import { ConnectError, Disposable } from '@connect/base';
import { MetaRecord } from '../proto/meta-records';
import { RateSettings } from '../proto/rate-controller';
import { PacketIo, PacketIoProvider } from '../node/packet-io';
import { UdpListener } from '../node/packet-io-dgram';
import { newSessionSecret } from '../node/packet-sealer';
import { SessionPump } from '../node/session-pump';
import { PumpTimeouts } from '../node/silence-watch';

/** Plaintext per datagram in these tests: what an Ethernet path takes. */
export const TEST_PLAINTEXT_BYTES = 1452;
const OVERHEAD_BYTES = 48;

/** One end under test, with what reached it. */
export interface PumpEnd {
    readonly io: PacketIo;
    readonly pump: SessionPump;
    readonly records: MetaRecord[];
    readonly failures: ConnectError[];
}

/**
 * A client and a server end over real sockets on loopback, the server end behind a shared port as in connect-server.
 * The client sends to `clientTarget` when it is given (a relay), else straight to the shared port.
 */
export class PumpPair implements Disposable {
    private constructor(
        readonly listener: UdpListener,
        readonly client: PumpEnd,
        readonly server: PumpEnd
    ) {}

    static async start(
        packetIo: PacketIoProvider,
        rate: RateSettings,
        targetOf: (listener: UdpListener) => Promise<number> = async listener => listener.port,
        timeouts: Partial<PumpTimeouts> = {}
    ): Promise<PumpPair> {
        const listener = await UdpListener.bind('127.0.0.1', 0);
        const session = newSessionSecret();
        const port = await targetOf(listener);
        const keys = { session, cipher: 'aes-128-gcm' } as const;
        const client = makeEnd(packetIo.client({ ...keys, isServer: false }), rate, timeouts);
        const serverIo = packetIo.shared({ ...keys, isServer: true }, '127.0.0.1', listener.port);
        const server = makeEnd(serverIo, rate, timeouts);
        listener.register(session.sessionId, datagram =>
            server.pump.inject(datagram.bytes, datagram.address, datagram.port)
        );
        await client.io.connect('127.0.0.1', port);
        server.pump.start();
        client.pump.start();
        return new PumpPair(listener, client, server);
    }

    dispose(): void {
        const error = new ConnectError('cancelled', 'the test is over');
        this.client.pump.end(error);
        this.server.pump.end(error);
        void this.listener.close();
    }
}

function makeEnd(io: PacketIo, rate: RateSettings, timeouts: Partial<PumpTimeouts>): PumpEnd {
    const failures: ConnectError[] = [];
    const records: MetaRecord[] = [];
    const connection = { maxPlaintextBytes: TEST_PLAINTEXT_BYTES, overheadBytes: OVERHEAD_BYTES, rate };
    const pump = new SessionPump({ io, connection, timeouts, onFailed: error => failures.push(error) });
    pump.listener = { onRecord: record => records.push(record), onData: () => undefined };
    return { io, pump, records, failures };
}

/** Puts bytes that arrive in any order together again and tells their hash. */
export class ReceivedBytes {
    private readonly content: Buffer;
    received = 0;
    private readonly whole: Promise<void>;
    private done!: () => void;

    constructor(sizeBytes: number) {
        this.content = Buffer.alloc(sizeBytes);
        this.whole = new Promise(resolve => (this.done = resolve));
    }

    take(offset: number, bytes: Uint8Array): void {
        this.content.set(bytes, offset);
        this.received += bytes.length;
        if (this.received >= this.content.length) {
            this.done();
        }
    }

    async sha256(): Promise<string> {
        await this.whole;
        return sha256(this.content);
    }
}

export function sha256(bytes: Uint8Array): string {
    const hash: Hash = createHash('sha256');
    return hash.update(bytes).digest('hex');
}
