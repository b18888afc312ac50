import { ConnectionStats } from '../proto/types';

/** What is read but not sent yet: some chunks being read, some waiting. More of it would leave the processor's cache. */
const LEAST_BYTES = 8 * 1024 * 1024;
/** Reading keeps up with so much on a path of which only the round-trip time is known: 2 Gbit/s. */
const BYTES_PER_RTT_MS = 250_000;
/** What is under way may double within a round trip. */
const FLIGHT_FACTOR = 2;

/** How much of files may be in memory, unsent or unacknowledged, so that the path never waits for the disk. */
export function readAheadBytes(
    { smoothedRttMs, bytesInFlight }: Pick<ConnectionStats, 'smoothedRttMs' | 'bytesInFlight'>,
    mostBytes: number
): number {
    const pathBytes = Math.max(smoothedRttMs * BYTES_PER_RTT_MS, bytesInFlight * FLIGHT_FACTOR);
    return Math.min(mostBytes, LEAST_BYTES + pathBytes);
}
