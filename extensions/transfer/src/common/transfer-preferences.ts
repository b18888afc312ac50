import type { Bindable } from '@theia/core/lib/common/contribution-provider';
import {
    createPreferenceProxy,
    type PreferenceProxy
} from '@theia/core/lib/common/preferences/preference-proxy';
import {
    PreferenceContribution,
    type PreferenceSchema
} from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import type { RateSettings, TransferDirection } from '@connect/api';
import type { QueueSettings } from './queue';
import type { RetrySettings } from './retry-policy';

/** When finished transfers leave the list. */
export type RemoveFinished = 'manually' | 'automatically on success';

/** How much the transfer log tells; `debug` and `trace` make the transfer program tell more as well. */
export type LoggingLevel = 'info' | 'debug' | 'trace';

/** Values of the settings below, under their full names. */
export interface TransferConfiguration {
    'connect.general.removeTransferListItems': RemoveFinished;
    'connect.general.loggingLevel': LoggingLevel;
    'connect.transfers.downloadFolder': string;
    'connect.transfers.alwaysAsk': boolean;
    'connect.transfers.queue.enabled': boolean;
    'connect.transfers.queue.max': number;
    'connect.transfers.retry.enabled': boolean;
    'connect.transfers.retry.attempts': number;
    'connect.transfers.retry.interval': number;
    'connect.bandwidth.targetRate': number;
    'connect.bandwidth.manual.uploadLimit': number;
    'connect.bandwidth.manual.downloadLimit': number;
}

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
            enum: ['info', 'debug', 'trace'],
            default: 'info',
            description: 'How much the transfer log tells. Applies from the next transfer on.'
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
        'connect.bandwidth.targetRate': {
            type: 'number',
            default: 300,
            minimum: 0.1,
            maximum: 100_000,
            description:
                'Rate in Mbps that a transfer aims at. The server may cap it. A link that carries less loses packets: set it to what your link carries.'
        },
        'connect.bandwidth.manual.uploadLimit': {
            type: 'number',
            default: 0,
            minimum: 0,
            maximum: 100_000,
            description: 'Most Mbps of one upload; 0 for no limit. Running uploads follow at once.'
        },
        'connect.bandwidth.manual.downloadLimit': {
            type: 'number',
            default: 0,
            minimum: 0,
            maximum: 100_000,
            description: 'Most Mbps of one download; 0 for no limit. Running downloads follow at once.'
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
    readonly loggingLevel: LoggingLevel;
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
        loggingLevel: values['connect.general.loggingLevel'] ?? 'info'
    };
}

/** Rate of one transfer in that direction, bits per second. */
export function rateSettings(values: Values, direction: TransferDirection): RateSettings {
    const limit = numberOr(
        values[
            direction === 'send'
                ? 'connect.bandwidth.manual.uploadLimit'
                : 'connect.bandwidth.manual.downloadLimit'
        ],
        0
    );
    const target = Math.max(0.1, numberOr(values['connect.bandwidth.targetRate'], 300));
    const targetBps = Math.round((limit > 0 ? Math.min(limit, target) : target) * 1e6);
    return { targetBps, minBps: 0, policy: 'fixed' };
}

function numberOr(value: unknown, fallback: number): number {
    return typeof value === 'number' && Number.isFinite(value) ? value : fallback;
}
