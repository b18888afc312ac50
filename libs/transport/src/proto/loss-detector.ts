const PACKET_THRESHOLD = 3;
const FIRST_REORDER_WINDOW_MS = 1;
const GRANULARITY_MS = 1;
const TIME_THRESHOLD_SHARE = 1 / 8;
const MIN_REORDER_CAP_MS = 20;

/**
 * Decides when a packet that a report calls missing is lost rather than late. It judges by lateness: how long ago a
 * packet that was sent at the same moment would have arrived. Packets that no report mentions are never lost by this.
 *
 * As RFC 9002 §6.1, by a packet threshold and a time threshold; but at tens of thousands of packets per second three
 * packets are a few microseconds, so the packet threshold also waits for a reordering window, which starts small and
 * doubles whenever a packet declared lost turns up after all (as RFC 8985 §6.2 adapts its window).
 */
export class LossDetector {
    private windowMs = FIRST_REORDER_WINDOW_MS;

    /** How late a packet may be before it counts as lost when others sent after it have arrived. */
    get reorderWindowMs(): number {
        return this.windowMs;
    }

    /**
     * @param distance how many numbers higher the highest arrived packet is
     * @param rttMs the larger of the smoothed and the latest round-trip time
     */
    isLost(distance: number, latenessMs: number, rttMs: number): boolean {
        if (distance >= PACKET_THRESHOLD && latenessMs >= this.windowMs) {
            return true;
        }
        return latenessMs >= Math.max(this.windowMs, rttMs * TIME_THRESHOLD_SHARE, GRANULARITY_MS);
    }

    /** To be called once per report that shows packets which had been declared lost. The window never grows beyond half an RTT. */
    onSpuriousLoss(rttMs: number): void {
        this.windowMs = Math.min(this.windowMs * 2, Math.max(rttMs / 2, MIN_REORDER_CAP_MS));
    }
}
