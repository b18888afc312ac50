import type { RatePolicy } from '@connect/api';
import { ConnectError } from '@connect/base';
import { InvalidArgumentError, Option, type Command } from 'commander';
import {
    EXISTING_RULES,
    JOB_PRIORITIES,
    type ExistingRule,
    type JobPriority,
    type JobRate
} from '../common/transfer-protocol';
import { parseTypedRate } from '../common/typed-rate';

const POLICIES: readonly RatePolicy[] = ['fixed', 'high', 'fair', 'low'];
const DURATION: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3 };

/** Options of a rate, as commander gives them. */
export interface RateOptions {
    readonly targetRate?: number;
    readonly minRate?: number;
    readonly policy?: RatePolicy;
}

export function withRateOptions(command: Command): Command {
    return command
        .option('--target-rate <rate>', 'rate to aim at, such as 300M or 1.5G; a bare number is Mbps', rate)
        .option('--min-rate <rate>', 'rate not to fall below', rate)
        .addOption(new Option('--policy <policy>', 'how to share the link').choices(POLICIES));
}

export function rateOf({ targetRate, minRate, policy }: RateOptions): JobRate {
    return {
        ...(targetRate === undefined ? {} : { targetBps: targetRate }),
        ...(minRate === undefined ? {} : { minBps: minRate }),
        ...(policy === undefined ? {} : { policy })
    };
}

export function existingOption(): Option {
    return new Option('--existing <rule>', 'what happens to files that exist and differ').choices(
        EXISTING_RULES
    );
}

export function priorityOption(): Option {
    return new Option('--priority <priority>', 'place in the queue').choices(JOB_PRIORITIES);
}

/** Milliseconds of `90s`, `10m`, `1.5h`, `2d`. @throws InvalidArgumentError */
export function duration(text: string): number {
    const match = /^(\d{1,9}(?:\.\d{1,3})?)([smhd])$/.exec(text.trim());
    if (!match) {
        throw new InvalidArgumentError('Write a number and s, m, h or d, such as 90s or 1h.');
    }
    return Math.round(Number(match[1]) * DURATION[match[2]]);
}

/** @throws ConnectError `usage` */
export function oneOfRules(rule: string): ExistingRule {
    return oneOf(EXISTING_RULES, rule, 'rule for existing files');
}

/** @throws ConnectError `usage` */
export function oneOfPriorities(priority: string): JobPriority {
    return oneOf(JOB_PRIORITIES, priority, 'priority');
}

function oneOf<T extends string>(values: readonly T[], text: string, name: string): T {
    const found = values.find(value => value === text);
    if (found === undefined) {
        throw new ConnectError('usage', `“${text}” is no ${name}: choose one of ${values.join(', ')}`);
    }
    return found;
}

function rate(text: string): number {
    const rateBps = parseTypedRate(text);
    if (rateBps === undefined) {
        throw new InvalidArgumentError('Write a number and K, M or G, such as 300M.');
    }
    return rateBps;
}
