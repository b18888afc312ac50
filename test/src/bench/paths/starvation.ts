/** Counters of one direction as the emulator gives them (test/wan/wanem.c, print_stats). */
export interface DirectionCounters {
    readonly in_pkts: number;
    readonly in_bytes: number;
    readonly loss_drop: number;
    readonly queue_drop: number;
    readonly ring_drop: number;
    readonly nobuf_drop: number;
    readonly write_fail: number;
    readonly held: number;
    readonly queue_peak_bytes: number;
    readonly out_tcp_bytes: number;
    readonly out_udp_bytes: number;
    readonly first_datagram_us: number;
    readonly late_us: {
        readonly mean: number;
        readonly p50: number;
        readonly p99: number;
        readonly max: number;
    };
}

export interface EmulatorCounters {
    readonly ab: DirectionCounters;
    readonly ba: DirectionCounters;
}

const MEAN_LATE_MAX_US = 2000;
/** The emulator gives the upper bound of a power-of-two bin: this lets the bin of 4 to 8 ms pass. */
const P99_LATE_MAX_US = 8192;
/** Longer than this, what a sender paced evenly arrives at the queue as one burst and may overflow it. */
const LATE_MAX_US = 40_000;

/**
 * Why a run through the emulator is not to be believed, or undefined. Packets that the emulator itself lost, or
 * handed over late, are its host's doing, not that of the link it stands for.
 */
export function starvation(counters: EmulatorCounters): string | undefined {
    for (const name of ['ab', 'ba'] as const) {
        const { ring_drop, nobuf_drop, write_fail, late_us } = counters[name];
        const lost = Object.entries({ ring_drop, nobuf_drop, write_fail }).find(([, count]) => count > 0);
        if (lost) {
            return `${lost[0]} ${lost[1]} (${name})`;
        }
        if (late_us.mean > MEAN_LATE_MAX_US) {
            return `packets late by ${(late_us.mean / 1000).toFixed(1)} ms on average (${name})`;
        }
        if (late_us.p99 > P99_LATE_MAX_US) {
            return `1 % of packets late by more than ${(late_us.p99 / 2000).toFixed(1)} ms (${name})`;
        }
        if (late_us.max > LATE_MAX_US) {
            return `a packet late by ${(late_us.max / 1000).toFixed(0)} ms (${name})`;
        }
    }
    return undefined;
}
