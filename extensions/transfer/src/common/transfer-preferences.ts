import type { PreferenceProxy } from '@theia/core/lib/common/preferences/preference-proxy';
import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';
import { bindPreferences, type Bind } from './bind-preferences';
import type { RateSettings } from '@connect/api';
import { bandwidthPreferences, type BandwidthConfiguration } from './bandwidth-preferences';
import { directionLimits, limitsAt, nextScheduleChange, parseSchedule } from './bandwidth-schedule';
import {
    generalPreferences,
    LOGGING_LEVELS,
    type GeneralConfiguration,
    type LoggingLevel
} from './general-preferences';
import { networkPreferences, type NetworkConfiguration } from './network-preferences';
import type { QueueSettings } from './queue';
import { queuePreferences, type QueueConfiguration } from './queue-preferences';
import { PAUSE_RULES, type PauseRule, type PowerRules } from './power-rules';
import type { RetrySettings } from './retry-policy';
import { EXISTING_RULES, type BandwidthLimits, type ExistingRule } from './transfer-protocol';

export type { LoggingLevel, RemoveFinished } from './general-preferences';

/** Values of all settings of this extension, under their full names. */
export interface TransferConfiguration
    extends GeneralConfiguration, QueueConfiguration, NetworkConfiguration, BandwidthConfiguration {}

/** One property for each setting; the groups are the first word after `connect.`. */
export const transferPreferenceSchema: PreferenceSchema = {
    scope: PreferenceScope.User,
    properties: {
        ...generalPreferences,
        ...queuePreferences,
        ...networkPreferences,
        ...bandwidthPreferences
    }
};

export const TransferPreferences = Symbol('TransferPreferences');
/** Typed access to the settings; the same in window and backend. */
export type TransferPreferences = PreferenceProxy<TransferConfiguration>;

/** Belongs in the frontend and in the backend module: both have a preference service of their own. */
export function bindTransferPreferences(bind: Bind): void {
    bindPreferences<TransferConfiguration>(bind, TransferPreferences, transferPreferenceSchema);
}

/** Values as the scheduler takes them; a file edited by hand may hold anything, so ranges are enforced here. */
export interface TransferSettings {
    readonly queue: QueueSettings;
    readonly retry: RetrySettings;
    readonly removeCompleted: boolean;
    readonly loggingLevel: LoggingLevel;
    readonly existing: ExistingRule;
    /** 0 to 100: automatic downloads need this share of the disk to be free. */
    readonly diskSpacePercent: number;
    readonly power: PowerRules;
}

type Values = Readonly<Partial<TransferConfiguration>>;

export function transferSettings(values: Values): TransferSettings {
    return {
        queue: {
            enabled: values['connect.transfers.queue.enabled'] ?? true,
            max: Math.max(1, Math.floor(numberOr(values['connect.transfers.queue.max'], 3)))
        },
        retry: {
            enabled: values['connect.transfers.retry.enabled'] ?? true,
            attempts: Math.max(1, Math.floor(numberOr(values['connect.transfers.retry.attempts'], 3))),
            intervalMs: Math.max(1, numberOr(values['connect.transfers.retry.interval'], 30)) * 1000
        },
        removeCompleted: values['connect.general.removeTransferListItems'] === 'automatically on success',
        loggingLevel:
            LOGGING_LEVELS.find(level => level === values['connect.general.loggingLevel']) ?? 'info',
        existing: EXISTING_RULES.find(rule => rule === values['connect.transfers.existingFiles']) ?? 'ask',
        diskSpacePercent: numberOr(values['connect.general.diskSpaceWarning'], 5),
        power: {
            battery: pauseRule(values['connect.bandwidth.onBattery']),
            metered: pauseRule(values['connect.bandwidth.onMetered'])
        }
    };
}

function pauseRule(value: unknown): PauseRule {
    return PAUSE_RULES.find(rule => rule === value) ?? 'no-change';
}

/** Rate of one transfer that has no limits to share. */
export function defaultRate(values: Values): RateSettings {
    const megabits = Math.max(0.1, numberOr(values['connect.bandwidth.targetRate'], 300));
    return { targetBps: Math.round(megabits * 1e6), minBps: 0, policy: 'fixed' };
}

/** Limits as they are at one moment. */
export interface CurrentLimits {
    readonly limits: BandwidthLimits;
    /** They come from the schedule. */
    readonly scheduled: boolean;
    /** Epoch ms of the moment at which the schedule says something else. */
    readonly nextChangeMs?: number;
}

/** @param timeZone IANA name of the zone whose clocks the schedule means */
export function currentLimits(values: Values, epochMs: number, timeZone: string): CurrentLimits {
    const plain: BandwidthLimits = {
        manual: directionLimits(
            values['connect.bandwidth.manual.uploadLimit'],
            values['connect.bandwidth.manual.downloadLimit']
        ),
        automatic: directionLimits(
            values['connect.bandwidth.automatic.uploadLimit'],
            values['connect.bandwidth.automatic.downloadLimit']
        )
    };
    const rules = parseSchedule(values['connect.bandwidth.schedule']);
    return {
        ...limitsAt(rules, plain, epochMs, timeZone),
        nextChangeMs: nextScheduleChange(rules, epochMs, timeZone)
    };
}

function numberOr(value: unknown, fallback: number): number {
    return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}
