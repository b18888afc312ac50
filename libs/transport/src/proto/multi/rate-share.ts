import { RateSettings } from '../rate-controller';

/** What one of `sessions` may send so that all together keep to `rate`. */
export function rateShare({ targetBps, minBps, policy }: RateSettings, sessions: number): RateSettings {
    const target = Math.max(1, targetBps / sessions);
    return { targetBps: target, minBps: Math.min(target, Math.max(1, minBps / sessions)), policy };
}
