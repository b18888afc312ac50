import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';

/** When finished transfers leave the list. */
export type RemoveFinished = 'manually' | 'automatically on success';

/** How much the transfer log tells; `debug` and `trace` make the transfer program tell more as well. */
export type LoggingLevel = 'info' | 'debug' | 'trace';

/** Values of the settings of the whole, and of what is told when. */
export interface GeneralConfiguration {
    'connect.general.removeTransferListItems': RemoveFinished;
    'connect.general.loggingLevel': LoggingLevel;
    'connect.general.diskSpaceWarning': number;
    'connect.notifications.completed': boolean;
    'connect.notifications.failed': boolean;
    'connect.notifications.needsAnswer': boolean;
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
        enum: ['info', 'debug', 'trace'],
        default: 'info',
        description: 'How much the transfer log tells. Applies from the next transfer on.'
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
    }
};
