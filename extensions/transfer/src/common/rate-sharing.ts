import type { RateSettings, TransferDirection } from '@connect/api';
import { allocateBandwidth } from './bandwidth-allocation';
import type { BandwidthLimits, JobRate } from './transfer-protocol';

/** A job whose engine runs, and the rate it would have by itself. */
export interface RunningJob {
    readonly id: string;
    readonly direction: TransferDirection;
    readonly automatic: boolean;
    readonly wanted: RateSettings;
}

/** Engines are never told less than this: a rate of nothing would read as no limit. */
export const LEAST_BPS = 1_000;

/** What the settings and what was set for a job make of each other. */
export function wantedRate(defaults: RateSettings, own: JobRate): RateSettings {
    const targetBps = Math.max(LEAST_BPS, own.targetBps ?? defaults.targetBps);
    return {
        targetBps,
        minBps: Math.min(targetBps, Math.max(0, own.minBps ?? defaults.minBps)),
        policy: own.policy ?? defaults.policy
    };
}

/**
 * The rate of every running job: those of one direction that were started alike, by a person or by a rule, share one
 * limit.
 */
export function shareRates(jobs: readonly RunningJob[], limits: BandwidthLimits): Map<string, RateSettings> {
    const rates = new Map<string, RateSettings>();
    for (const automatic of [false, true]) {
        for (const direction of ['send', 'receive'] as const) {
            const group = jobs.filter(job => job.automatic === automatic && job.direction === direction);
            const limit = limits[automatic ? 'automatic' : 'manual'][direction];
            const shares = allocateBandwidth(
                group.map(({ id, wanted }) => ({ id, ...wanted })),
                limit
            );
            for (const { id, wanted } of group) {
                const targetBps = Math.max(LEAST_BPS, shares.get(id) ?? 0);
                rates.set(id, { ...wanted, targetBps, minBps: Math.min(wanted.minBps, targetBps) });
            }
        }
    }
    return rates;
}
