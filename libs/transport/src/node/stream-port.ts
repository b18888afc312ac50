import { BlockRun } from '../proto/block-run';
import { MetaRecord } from '../proto/meta-records';
import { ConnectionStats } from '../proto/types';

/** Where what arrives goes. Called synchronously while a datagram is handled. */
export interface StreamPortListener {
    /** Records in the order the peer sent them, each once. */
    onRecord(record: MetaRecord): void;
    /** Bytes of the data stream, each once, in any order. `bytes` is a view, valid only during the call. */
    onData(offset: number, bytes: Uint8Array): void;
    /** The same for many pieces at a time; each comes by itself without this. */
    onBlocks?(run: BlockRun): void;
}

/**
 * What a transfer sees of the network: records that arrive in order, and a space of bytes filled at offsets.
 * Both directions have both. Once the session has ended every promise given out here rejects with the ConnectError that
 * ended it.
 */
export interface StreamPort {
    /** Set by the owner before anything arrives. */
    listener: StreamPortListener;
    /**
     * Appends a record to the outgoing log; resolves at once while little is unacknowledged, else when there is room.
     * Records go out in the order of the calls, waited for or not.
     */
    sendRecord(record: MetaRecord): Promise<void>;
    /** As {@link sendRecord} for each of them, waited for together. */
    sendRecords(records: readonly MetaRecord[]): Promise<void>;
    /**
     * Gives the content of the data stream at `offset` (integer in [0, 2⁴⁸)). It is sent when the rate allows, kept and
     * resent until acknowledged; resolves when all of it is. The caller must not change `bytes` before that.
     * A range that is still on its way must not be given again.
     */
    sendData(offset: number, bytes: Uint8Array): Promise<void>;
    /** Incoming bytes [start, end) of the data stream that will not come. */
    expectNothing(start: number, end: number): void;
    /** How many bytes of the data stream the peer may have outstanding. */
    setReceiveWindow(bytes: number): void;
    stats(): ConnectionStats;
}
