import { joinRules, RateRules } from '@connect/transport/lib/control/rate-rules';
import { ServerConfig } from '../config/server-config';
import { User } from '../storage/user-store';

/** What sessions of this user may do with their rate. */
export function rulesFor(user: User, config: ServerConfig): RateRules {
    const { maxRateBps, lockedRateBps, policies } = config;
    return joinRules(user.rateRules, {
        ...(maxRateBps > 0 ? { maxRateBps } : {}),
        ...(lockedRateBps > 0 ? { lockedRateBps } : {}),
        ...(policies ? { policies } : {})
    });
}
