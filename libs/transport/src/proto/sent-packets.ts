import { DATA_STREAM, META_STREAM, StreamId } from './types';

/** What became of a packet that was sent. */
export const PacketState = { SETTLED: 0, IN_FLIGHT: 1, LOST: 2 } as const;
/** What it carried. CONTROL: nothing that has to be reported. META and DATA: a block of that stream. */
export const PacketContent = { META: 0, DATA: 1, PING: 2, PROBE: 3, CONTROL: 4 } as const;
/** Why it was sent. A COPY is an extra one of a block whose primary packet is still under way. */
export const PacketRole = { FRESH: 0, RESENT: 1, COPY: 2 } as const;

export type PacketStateValue = (typeof PacketState)[keyof typeof PacketState];
export type PacketContentValue = (typeof PacketContent)[keyof typeof PacketContent];
export type PacketRoleValue = (typeof PacketRole)[keyof typeof PacketRole];

const FIRST_CAPACITY = 1024;

/**
 * The packets [floor, next) by number, in rings that grow by doubling: no object per packet. Entries below the floor
 * stay readable until they are overwritten (`remembers`).
 */
export class SentPackets {
    /** All numbers below are settled. */
    floor = 0;
    /** The number of the next packet. */
    next = 0;
    /** Packets in flight that the peer has to report. */
    inFlightCount = 0;

    private capacity = FIRST_CAPACITY;
    /** Entries below were not kept when the rings grew. */
    private rememberedFrom = 0;
    private states = new Uint8Array(FIRST_CAPACITY);
    private contents = new Uint8Array(FIRST_CAPACITY);
    private roles = new Uint8Array(FIRST_CAPACITY);
    private lengths = new Uint16Array(FIRST_CAPACITY);
    private offsets = new Float64Array(FIRST_CAPACITY);
    private sentTimes = new Float64Array(FIRST_CAPACITY);

    /** Notes a packet and returns its number. `length` is that of the block, or the size of a probe; below 2¹⁶. */
    add(
        nowMs: number,
        content: PacketContentValue,
        role: PacketRoleValue = PacketRole.FRESH,
        offset = 0,
        length = 0
    ): number {
        if (this.next - this.floor === this.capacity) {
            this.grow();
        }
        const packetNumber = this.next;
        const at = packetNumber & (this.capacity - 1);
        const settled = content === PacketContent.CONTROL;
        this.states[at] = settled ? PacketState.SETTLED : PacketState.IN_FLIGHT;
        this.contents[at] = content;
        this.roles[at] = role;
        this.lengths[at] = length;
        this.offsets[at] = offset;
        this.sentTimes[at] = nowMs;
        this.next = packetNumber + 1;
        if (settled && this.floor === packetNumber) {
            this.floor = this.next;
        }
        this.inFlightCount += settled ? 0 : 1;
        return packetNumber;
    }

    /**
     * As {@link add} for blocks of the data stream that are sent for the first time, `blockBytes` each, the last one
     * maybe less. Returns the first number.
     */
    addRun(nowMs: number, offset: number, length: number, blockBytes: number): number {
        const first = this.next;
        for (let at = 0; at < length; at += blockBytes) {
            const bytes = Math.min(blockBytes, length - at);
            this.add(nowMs, PacketContent.DATA, PacketRole.FRESH, offset + at, bytes);
        }
        return first;
    }

    /** Whether the entry of a number below `next` has not been overwritten. */
    remembers(packetNumber: number): boolean {
        return (
            packetNumber < this.next &&
            packetNumber >= Math.max(this.rememberedFrom, this.next - this.capacity)
        );
    }

    state(packetNumber: number): PacketStateValue {
        return this.states[this.at(packetNumber)] as PacketStateValue;
    }

    content(packetNumber: number): PacketContentValue {
        return this.contents[this.at(packetNumber)] as PacketContentValue;
    }

    /** Of a packet with a block. */
    stream(packetNumber: number): StreamId {
        return this.content(packetNumber) === PacketContent.DATA ? DATA_STREAM : META_STREAM;
    }

    role(packetNumber: number): PacketRoleValue {
        return this.roles[this.at(packetNumber)] as PacketRoleValue;
    }

    offset(packetNumber: number): number {
        return this.offsets[this.at(packetNumber)]!;
    }

    length(packetNumber: number): number {
        return this.lengths[this.at(packetNumber)]!;
    }

    sentMs(packetNumber: number): number {
        return this.sentTimes[this.at(packetNumber)]!;
    }

    setState(packetNumber: number, state: PacketStateValue): void {
        const at = this.at(packetNumber);
        if (this.states[at] === PacketState.IN_FLIGHT && state !== PacketState.IN_FLIGHT) {
            this.inFlightCount -= 1;
        }
        this.states[at] = state;
    }

    private at(packetNumber: number): number {
        // the low bits of an integer below 2⁵³ survive the conversion to 32 bits
        return packetNumber & (this.capacity - 1);
    }

    private grow(): void {
        const old = this.capacity;
        const larger = old * 2;
        // A number keeps its place when the bit that is new in the mask is 0, else it moves up by the old capacity
        const spread = <T extends Uint8Array | Uint16Array | Float64Array>(from: T, to: T): T => {
            for (let packetNumber = this.floor; packetNumber < this.next; packetNumber++) {
                to[packetNumber & (larger - 1)] = from[packetNumber & (old - 1)]!;
            }
            return to;
        };
        this.states = spread(this.states, new Uint8Array(larger));
        this.contents = spread(this.contents, new Uint8Array(larger));
        this.roles = spread(this.roles, new Uint8Array(larger));
        this.lengths = spread(this.lengths, new Uint16Array(larger));
        this.offsets = spread(this.offsets, new Float64Array(larger));
        this.sentTimes = spread(this.sentTimes, new Float64Array(larger));
        this.capacity = larger;
        this.rememberedFrom = this.floor;
    }
}
