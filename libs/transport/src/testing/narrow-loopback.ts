import { dgramPacketIo } from '../node/packet-io-dgram';
import { choosePacketIo } from '../node/packet-io-choice';
import { newSessionSecret } from '../node/packet-sealer';

/** Far more than a send buffer holds. */
const MAX_PACKETS = 100_000;
const PACKETS_AFTERWARDS = 200;
const LOOPBACK = '127.0.0.1';

/**
 * A program of its own, for a loopback that was made slow: sends until it is held back, then a bit more, and tells
 * whether it was, what of it did not arrive, and which errors there were. Argument: the kind of packet I/O.
 */
async function main(kind: string): Promise<void> {
    const packetIo = choosePacketIo({ CONNECT_PACKET_IO: kind });
    const session = newSessionSecret();
    // the receiver is not what is tested
    const port = await dgramPacketIo.holdPort(LOOPBACK, 42_000, 42_100);
    const far = port.open({ session, cipher: 'aes-128-gcm', isServer: true });
    const near = packetIo.client({ session, cipher: 'aes-128-gcm', isServer: false });
    const missing = new Set<number>();
    await near.connect(LOOPBACK, port.port);
    await far.connect(LOOPBACK, near.localPort);
    let blocked = false;
    let last = MAX_PACKETS;
    let next = 0;
    const arrived = new Promise<void>(resolve => {
        far.onPacket = number => {
            missing.delete(number);
            if (missing.size === 0 && next === last) {
                resolve();
            }
        };
    });
    const payload = Buffer.alloc(1400);
    const turn = (): void => {
        for (let sent = 0; sent < near.batchPackets && next < last && near.isWritable; sent++) {
            missing.add(next);
            near.send(next++, payload, undefined);
        }
        near.flush();
        if (!near.isWritable) {
            last = blocked ? last : next + PACKETS_AFTERWARDS;
            blocked = true;
        } else if (next < last) {
            setImmediate(turn);
        }
    };
    near.onWritable = turn;
    turn();
    await Promise.race([arrived, new Promise(resume => setTimeout(resume, 20_000))]);
    process.stdout.write(JSON.stringify({ blocked, lost: missing.size, errors: near.counters.socketErrors }));
    process.exit(0);
}

void main(process.argv[2]!);
