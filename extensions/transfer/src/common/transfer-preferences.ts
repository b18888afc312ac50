import type { Bindable } from '@theia/core/lib/common/contribution-provider';
import {
    createPreferenceProxy,
    type PreferenceProxy
} from '@theia/core/lib/common/preferences/preference-proxy';
import {
    PreferenceContribution,
    type PreferenceDataProperty,
    type PreferenceSchema
} from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import type { RateSettings } from '@connect/api';
import type { LogThreshold } from '@connect/base';
import { directionLimits, limitsAt, nextScheduleChange, parseSchedule } from './bandwidth-schedule';
import type { MultiSessionConfiguration } from './multi-session';
import type { QueueSettings } from './queue';
import type { RetrySettings } from './retry-policy';
import { EXISTING_RULES, type BandwidthLimits, type ExistingRule } from './transfer-protocol';
import { WEEKDAYS } from './local-time';

/** When finished transfers leave the list. */
export type RemoveFinished = 'manually' | 'automatically on success';

const LOG_THRESHOLDS: readonly LogThreshold[] = ['info', 'debug', 'trace'];

/** Values of the settings below, under their full names. */
export interface TransferConfiguration extends MultiSessionConfiguration {
    'connect.general.removeTransferListItems': RemoveFinished;
    'connect.general.loggingLevel': LogThreshold;
    'connect.general.diskSpaceWarning': number;
    'connect.transfers.downloadFolder': string;
    'connect.transfers.alwaysAsk': boolean;
    'connect.transfers.existingFiles': ExistingRule;
    'connect.transfers.queue.enabled': boolean;
    'connect.transfers.queue.max': number;
    'connect.transfers.retry.enabled': boolean;
    'connect.transfers.retry.attempts': number;
    'connect.transfers.retry.interval': number;
    'connect.bandwidth.targetRate': number;
    'connect.bandwidth.manual.uploadLimit': number;
    'connect.bandwidth.manual.downloadLimit': number;
    'connect.bandwidth.automatic.uploadLimit': number;
    'connect.bandwidth.automatic.downloadLimit': number;
    'connect.bandwidth.schedule': readonly object[];
    'connect.notifications.completed': boolean;
    'connect.notifications.failed': boolean;
    'connect.notifications.needsAnswer': boolean;
}

const limit = (what: string): PreferenceDataProperty => ({
    type: 'number',
    default: 0,
    minimum: 0,
    maximum: 100_000,
    description: `Most Mbps of all ${what} together, which share it fairly; 0 for no limit. Running ones follow at once.`
});

const SCHEDULE_ITEM: PreferenceDataProperty['items'] = {
    type: 'object',
    required: ['from', 'to'],
    additionalProperties: false,
    properties: {
        days: { type: 'array', items: { type: 'string', enum: [...WEEKDAYS] }, uniqueItems: true },
        from: { type: 'string', pattern: '^([01]?[0-9]|2[0-3]):[0-5][0-9]$' },
        to: { type: 'string', pattern: '^(([01]?[0-9]|2[0-3]):[0-5][0-9]|24:00)$' },
        upload: { type: 'number', minimum: 0 },
        download: { type: 'number', minimum: 0 },
        automaticUpload: { type: 'number', minimum: 0 },
        automaticDownload: { type: 'number', minimum: 0 }
    }
};

export const transferPreferenceSchema: PreferenceSchema = {
    scope: PreferenceScope.User,
    properties: {
        'connect.general.removeTransferListItems': {
            type: 'string',
            enum: ['manually', 'automatically on success'],
            default: 'manually',
            description: 'When completed transfers are removed from the list of transfers.'
        },
        'connect.general.loggingLevel': {
            type: 'string',
            enum: [...LOG_THRESHOLDS],
            enumDescriptions: [
                'What happened, and what went wrong.',
                'Also what the transfer programs tell about each file.',
                'Everything; the transfer programs that start from now on keep a log of their own, too.'
            ],
            default: 'info',
            description:
                'How much the logs tell; applies at once. More than the first makes transfers of many files slower and the logs pass sooner: choose it when you look for the cause of a problem.'
        },
        'connect.general.diskSpaceWarning': {
            type: 'number',
            default: 5,
            minimum: 0,
            maximum: 100,
            description:
                'Automatic downloads pause while less than this percentage of the disk they write to is free.'
        },
        'connect.transfers.downloadFolder': {
            type: 'string',
            default: '',
            description:
                'Folder that downloads go to, an absolute path. Empty: the folder Downloads of your home folder.'
        },
        'connect.transfers.alwaysAsk': {
            type: 'boolean',
            default: false,
            description: 'Ask for the folder before each download.'
        },
        'connect.transfers.existingFiles': {
            type: 'string',
            enum: [...EXISTING_RULES],
            enumDescriptions: [
                'Transfer all else, then ask.',
                'Replace them.',
                'Leave them alone.',
                'Put the new file beside them, as name (2).ext.',
                'Replace them, unless size and time are the same.',
                'Replace those that are older.',
                'Replace those whose content differs; both sides are read to find out.'
            ],
            default: 'ask',
            description:
                'What happens to files that exist at the target and differ. Automatic transfers that would ask wait until somebody answers.'
        },
        'connect.transfers.queue.enabled': {
            type: 'boolean',
            default: true,
            description: 'Let transfers wait for their turn instead of running all at once.'
        },
        'connect.transfers.queue.max': {
            type: 'integer',
            default: 3,
            minimum: 1,
            maximum: 100,
            description: 'How many transfers run at once when queuing is on.'
        },
        'connect.transfers.retry.enabled': {
            type: 'boolean',
            default: true,
            description: 'Try again by itself when a transfer fails for a passing reason.'
        },
        'connect.transfers.retry.attempts': {
            type: 'integer',
            default: 3,
            minimum: 1,
            maximum: 100,
            description: 'How often a failing transfer is tried again in a row.'
        },
        'connect.transfers.retry.interval': {
            type: 'number',
            default: 30,
            minimum: 1,
            maximum: 86_400,
            description:
                'Seconds before the first new try; each further wait is twice as long, up to ten minutes.'
        },
        'connect.transfers.multiSession.enabled': {
            type: 'boolean',
            default: false,
            description: 'Move the files of a fast transfer by several processes at once.'
        },
        'connect.transfers.multiSession.sessions': {
            type: 'integer',
            default: 3,
            minimum: 1,
            maximum: 100,
            description: 'How many sessions one transfer has.'
        },
        'connect.transfers.multiSession.threshold': {
            type: 'number',
            default: 700,
            minimum: 0,
            maximum: 100_000,
            description: 'Transfers that aim at this many Mbps or more when they start have several sessions.'
        },
        'connect.transfers.multiSession.splitLargerThan': {
            type: 'number',
            default: 60,
            minimum: 0,
            description: 'Files of this many MB or more are split among the sessions; 0 splits none.'
        },
        'connect.transfers.multiSession.startupInterval': {
            type: 'number',
            default: 1,
            minimum: 0,
            maximum: 3_600,
            description: 'Seconds between the starts of two sessions.'
        },
        'connect.bandwidth.targetRate': {
            type: 'number',
            default: 300,
            minimum: 0.1,
            maximum: 100_000,
            description:
                'Rate in Mbps that a transfer aims at. The server may cap it. A link that carries less loses packets: set it to what your link carries.'
        },
        'connect.bandwidth.manual.uploadLimit': limit('uploads that were started by hand'),
        'connect.bandwidth.manual.downloadLimit': limit('downloads that were started by hand'),
        'connect.bandwidth.automatic.uploadLimit': limit('automatic uploads, such as those of a sync,'),
        'connect.bandwidth.automatic.downloadLimit': limit('automatic downloads, such as those of a sync,'),
        'connect.bandwidth.schedule': {
            type: 'array',
            default: [],
            items: SCHEDULE_ITEM,
            markdownDescription:
                'Limits for some hours of some days, instead of those above, e.g. `{ "days": ["mon", "fri"], "from": "08:00", "to": "18:00", "upload": 20, "download": 100 }` in Mbps; `automaticUpload` and `automaticDownload` are those of automatic transfers, what is absent or 0 has no limit. Hours whose end is not after their beginning last into the next day. The first that fits holds.'
        },
        'connect.notifications.completed': {
            type: 'boolean',
            default: true,
            description: 'Tell when transfers have completed: once for all that ran together.'
        },
        'connect.notifications.failed': {
            type: 'boolean',
            default: true,
            description: 'Tell when transfers have failed.'
        },
        'connect.notifications.needsAnswer': {
            type: 'boolean',
            default: true,
            description: 'Tell when transfers wait for an answer.'
        }
    }
};

export const TransferPreferences = Symbol('TransferPreferences');
/** Typed access to the settings; the same in window and backend. */
export type TransferPreferences = PreferenceProxy<TransferConfiguration>;

/** The function that modules bind with. */
type Bind = Extract<Bindable, (...args: never[]) => unknown>;

/** Belongs in the frontend and in the backend module: both have a preference service of their own. */
export function bindTransferPreferences(bind: Bind): void {
    bind(TransferPreferences)
        .toDynamicValue(context =>
            createPreferenceProxy<TransferConfiguration>(
                context.container.get<PreferenceService>(PreferenceService),
                transferPreferenceSchema
            )
        )
        .inSingletonScope();
    bind(PreferenceContribution).toConstantValue({ schema: transferPreferenceSchema });
}

/** Values as the scheduler takes them; a file edited by hand may hold anything, so ranges are enforced here. */
export interface TransferSettings {
    readonly queue: QueueSettings;
    readonly retry: RetrySettings;
    readonly removeCompleted: boolean;
    readonly loggingLevel: LogThreshold;
    readonly existing: ExistingRule;
    /** 0 to 100: automatic downloads need this share of the disk to be free. */
    readonly diskSpacePercent: number;
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
            LOG_THRESHOLDS.find(level => level === values['connect.general.loggingLevel']) ?? 'info',
        existing: EXISTING_RULES.find(rule => rule === values['connect.transfers.existingFiles']) ?? 'ask',
        diskSpacePercent: numberOr(values['connect.general.diskSpaceWarning'], 5)
    };
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
