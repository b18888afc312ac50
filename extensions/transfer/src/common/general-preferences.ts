import type { LogThreshold } from '@connect/base';
import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';

/** When finished transfers leave the list. */
export type RemoveFinished = 'manually' | 'automatically on success';

/** How much the logs tell; `debug` and `trace` make the transfer programs tell more as well. */
export type LoggingLevel = LogThreshold;

export const LOGGING_LEVELS: readonly LoggingLevel[] = ['info', 'debug', 'trace'];

/** Values of the settings of the whole, and of what is told when. */
export interface GeneralConfiguration {
    'connect.general.removeTransferListItems': RemoveFinished;
    'connect.general.loggingLevel': LoggingLevel;
    'connect.general.diskSpaceWarning': number;
    'connect.notifications.completed': boolean;
    'connect.notifications.failed': boolean;
    'connect.notifications.needsAnswer': boolean;
    'connect.notifications.diskSpace': boolean;
    'connect.notifications.desktop': boolean;
}

export const generalPreferences: PreferenceSchema['properties'] = {
    'connect.general.removeTransferListItems': {
        type: 'string',
        enum: ['manually', 'automatically on success'],
        default: 'manually',
        description: 'When completed transfers are removed from the list of transfers.'
    },
    'connect.general.loggingLevel': {
        type: 'string',
        enum: [...LOGGING_LEVELS],
        enumDescriptions: [
            'What happened, and what went wrong.',
            'Also what the transfer programs tell about each file.',
            'Everything; the transfer programs that start from now on keep a log of their own, too.'
        ],
        default: 'info',
        description:
            'How much the logs tell; applies at once. More than the first makes transfers of many files slower and old lines go sooner: choose it when you look for the cause of a problem.'
    },
    'connect.general.diskSpaceWarning': {
        type: 'number',
        default: 5,
        minimum: 0,
        maximum: 100,
        description:
            'Automatic downloads pause while less than this percentage of the disk they write to is free.'
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
    },
    'connect.notifications.diskSpace': {
        type: 'boolean',
        default: true,
        description: 'Tell when automatic transfers wait because the disk is almost full.'
    },
    'connect.notifications.desktop': {
        type: 'boolean',
        default: false,
        description:
            'While another window has the focus, tell it by notifications of the system, which name files but no folders. The browser asks whether it may when this is switched on.'
    }
};
