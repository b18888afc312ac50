/** What the peer takes before it has said anything. */
const INITIAL_WINDOW_BYTES = 64 * 1024 * 1024;

/** How much of the data stream the peer takes, and how much of it is under way. */
export class PeerWindow {
    inFlightBytes = 0;

    private windowBytes = INITIAL_WINDOW_BYTES;
    private newestReport = -1;

    /** What the report in packet `reportPacket` says; reports that were overtaken do not count. */
    update(reportPacket: number, windowBytes: number): void {
        if (reportPacket > this.newestReport) {
            this.newestReport = reportPacket;
            this.windowBytes = windowBytes;
        }
    }

    /** Size of the next block: whole ones while the peer has room for them, smaller ones only when nothing is under way. */
    room(blockBytes: number): number {
        const room = this.windowBytes - this.inFlightBytes;
        if (room >= blockBytes) {
            return blockBytes;
        }
        return this.inFlightBytes === 0 ? Math.max(0, room) : 0;
    }

    /** How many blocks of this size there is room for. */
    blocks(blockBytes: number): number {
        return Math.max(0, Math.floor((this.windowBytes - this.inFlightBytes) / blockBytes));
    }
}
