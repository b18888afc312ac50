import type { RatePolicy } from '@connect/api';
import { ConnectError } from '@connect/base';
import {
    EXISTING_RULES,
    JOB_PRIORITIES,
    type ExistingAnswer,
    type ExistingRule,
    type FileRule,
    type JobPriority,
    type JobRate,
    type QueueMove
} from './transfer-protocol';

/** What a call brings may be anything: each check returns it when it is what it should be. */

const MOVES: readonly unknown[] = ['up', 'down', 'top', 'bottom'];
const POLICIES: readonly RatePolicy[] = ['fixed', 'high', 'fair', 'low'];
/** A week: whoever pauses for longer can say so by pausing without an end. */
const LONGEST_PAUSE_MS = 7 * 86_400_000;
/** 100 Gbit/s. */
const HIGHEST_BPS = 1e11;

/** @throws ConnectError `usage` */
export function checkMove(to: unknown): QueueMove {
    if (MOVES.includes(to) || Number.isSafeInteger(to)) {
        return to as QueueMove;
    }
    throw new ConnectError('usage', 'A job moves up, down, to the top, to the bottom or to a place');
}

/** @throws ConnectError `usage` */
export function checkPriority(priority: unknown): JobPriority {
    return oneOf(JOB_PRIORITIES, priority, 'priority');
}

/** @throws ConnectError `usage` */
export function checkRule(rule: unknown): ExistingRule {
    return oneOf(EXISTING_RULES, rule, 'rule for existing files');
}

/** @throws ConnectError `usage` */
export function checkFileRule(rule: unknown): FileRule {
    if (rule === 'ask') {
        throw new ConnectError('usage', 'To ask is no answer');
    }
    return checkRule(rule) as FileRule;
}

/** @throws ConnectError `usage` */
export function checkAnswer(answer: ExistingAnswer): ExistingAnswer {
    const { path, rule } = answer;
    if (typeof path !== 'string' || path === '') {
        throw new ConnectError('usage', 'An answer names the file it is about');
    }
    return { path, rule: checkFileRule(rule) };
}

/** @throws ConnectError `usage` */
export function checkRate(rate: JobRate): JobRate {
    const { targetBps, minBps, policy } = rate;
    return {
        ...(targetBps === undefined ? {} : { targetBps: inRange(targetBps, 1, HIGHEST_BPS, 'target rate') }),
        ...(minBps === undefined ? {} : { minBps: inRange(minBps, 0, HIGHEST_BPS, 'minimum rate') }),
        ...(policy === undefined ? {} : { policy: oneOf(POLICIES, policy, 'rate policy') })
    };
}

/** @throws ConnectError `usage` */
export function checkJobId(id: unknown): string {
    if (typeof id === 'string' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id)) {
        return id;
    }
    throw new ConnectError('usage', 'The id of a transfer is a UUID');
}

/** @throws ConnectError `usage` */
export function checkEngineId(id: unknown): string {
    if (typeof id === 'string' && /^[a-z0-9][\w.-]{0,63}$/i.test(id)) {
        return id;
    }
    throw new ConnectError('usage', 'The name of a transfer program is a word');
}

/** @throws ConnectError `usage` */
export function checkDuration(durationMs: unknown): number {
    return inRange(durationMs, 1, LONGEST_PAUSE_MS, 'time to pause');
}

function oneOf<T>(values: readonly T[], value: unknown, name: string): T {
    const found = values.find(each => each === value);
    if (found === undefined) {
        throw new ConnectError('usage', `There is no such ${name}: ${String(value)}`);
    }
    return found;
}

function inRange(value: unknown, least: number, most: number, name: string): number {
    if (typeof value !== 'number' || !(value >= least && value <= most)) {
        throw new ConnectError('usage', `A ${name} lies between ${least} and ${most}`);
    }
    return value;
}
