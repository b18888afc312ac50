import { SessionCipher } from '../control/control-protocol';
import { PacketTable } from '../proto/packet-table';
import { OutgoingRun } from '../proto/types';
import { SessionSecret } from './packet-sealer';

/** Counters of one end, since it was made. */
export interface PacketIoCounters {
    readonly datagramsSent: number;
    readonly datagramsOpened: number;
    /** Datagrams that were too short, of another session or version, of this end's own direction, or not authentic. */
    readonly datagramsRejected: number;
    /** Errors the socket reported (port closed at the peer, no route): the datagram is lost, as on the way. */
    readonly socketErrors: number;
}

/**
 * Sends and receives the sealed datagrams of one session. Sealing and I/O are one thing here, so that an
 * implementation in native code never has to make a JavaScript object of each packet.
 *
 * Nothing throws because of what arrives: what does not open is counted and dropped.
 */
export interface PacketIo {
    /** `dgram`, `native`: which implementation this is, for people. */
    readonly kind: string;
    /** How many packets are worth handing over in one turn of the event loop, between looking at what arrived. */
    readonly batchPackets: number;
    /** UDP port datagrams leave from; 0 while there is no socket yet. */
    readonly localPort: number;
    /** False before {@link connect}, and while so much waits inside the process that more should not be handed over. */
    readonly isWritable: boolean;
    readonly counters: PacketIoCounters;
    /** Called for every authentic datagram from the peer's address. The view is valid only during the call. */
    onPacket: (packetNumber: number, plaintext: Uint8Array) => void;
    /**
     * Called instead of {@link onPacket}, when it is there, for datagrams that arrived together: rows [from, to), of
     * which `highest` is the highest number.
     */
    onPackets: ((packets: PacketTable, from: number, to: number, highest: number) => void) | undefined;
    /** The same for one that came from elsewhere: the peer moved, or somebody sends again what he has recorded. */
    onForeignPacket: (packetNumber: number, plaintext: Uint8Array, address: string, port: number) => void;
    /** Called when {@link isWritable} turns true again. */
    onWritable: () => void;
    /**
     * Seals `head` followed by `payload` and sends it; may hold it back until {@link flush}. Both are read before the
     * call returns. Before {@link connect} it goes nowhere.
     */
    send(packetNumber: number, head: Uint8Array, payload: Uint8Array | undefined): void;
    /** The same for each packet of a run, of which `payload` are the blocks one behind the other. */
    sendRun(run: OutgoingRun, payload: Uint8Array): void;
    flush(): void;
    /** Handles a datagram that reached this session by another way than its own socket. */
    inject(datagram: Uint8Array, address: string, port: number): void;
    /**
     * Sets or changes the peer. Whether an address deserves that is decided by the caller.
     * @throws ConnectError `transfer.udp-blocked` when the system gives no socket for it.
     */
    connect(address: string, port: number): Promise<void>;
    /** Idempotent; nothing is called back afterwards. */
    close(): void;
}

/** What the datagrams of one end of a session are sealed with. */
export interface PacketKeys {
    readonly session: SessionSecret;
    readonly cipher: SessionCipher;
    readonly isServer: boolean;
}

/** A UDP port that nobody else shares, held for one session. */
export interface HeldPort {
    readonly port: number;
    /** Packet I/O on this port, for peers of any address; it closes the port. Used once. */
    open(keys: PacketKeys): PacketIo;
    /** Gives a port up that was not opened. */
    release(): void;
}

/** One implementation of packet I/O. */
export interface PacketIoProvider {
    readonly kind: string;
    /** The kind and what it makes use of, for people. */
    readonly description: string;
    /** On a port of its own, chosen by the system, connected to the one peer. */
    client(keys: PacketKeys): PacketIo;
    /** On a port that a `UdpListener` of another process holds: bound beside it and connected to the one peer. */
    shared(keys: PacketKeys, host: string, port: number): PacketIo;
    /** The first free port of [first, last]. @throws ConnectError `transfer.udp-blocked` when there is none. */
    holdPort(host: string, first: number, last: number): Promise<HeldPort>;
}
