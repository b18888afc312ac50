import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';
import type { MultiSessionConfiguration } from './multi-session';
import { EXISTING_RULES, type ExistingRule } from './transfer-protocol';

/** Values of the settings of the queue and of single transfers. */
export interface QueueConfiguration extends MultiSessionConfiguration {
    'connect.transfers.downloadFolder': string;
    'connect.transfers.alwaysAsk': boolean;
    'connect.transfers.existingFiles': ExistingRule;
    'connect.transfers.queue.enabled': boolean;
    'connect.transfers.queue.max': number;
    'connect.transfers.retry.enabled': boolean;
    'connect.transfers.retry.attempts': number;
    /** Seconds. */
    'connect.transfers.retry.interval': number;
}

export const queuePreferences: PreferenceSchema['properties'] = {
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
            'Complete those that are the beginning of the new file; ask about the others.',
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
    }
};
