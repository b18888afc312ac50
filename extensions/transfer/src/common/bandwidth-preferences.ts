import type {
    PreferenceDataProperty,
    PreferenceSchema
} from '@theia/core/lib/common/preferences/preference-schema';
import { WEEKDAYS } from './local-time';
import { PAUSE_RULES, type PauseRule } from './power-rules';

/** Values of the settings of rates, in Mbps. */
export interface BandwidthConfiguration {
    'connect.bandwidth.targetRate': number;
    'connect.bandwidth.manual.uploadLimit': number;
    'connect.bandwidth.manual.downloadLimit': number;
    'connect.bandwidth.automatic.uploadLimit': number;
    'connect.bandwidth.automatic.downloadLimit': number;
    'connect.bandwidth.schedule': readonly object[];
    'connect.bandwidth.onBattery': PauseRule;
    'connect.bandwidth.onMetered': PauseRule;
}

const pauseRule = (description: string): PreferenceDataProperty => ({
    type: 'string',
    enum: [...PAUSE_RULES],
    enumItemLabels: ['No change', 'Pause automatic transfers', 'Pause all transfers'],
    enumDescriptions: [
        'Transfers go on.',
        'What a rule starts, such as a sync, waits and goes on by itself.',
        'Everything waits and goes on by itself.'
    ],
    default: 'no-change',
    description: `${description} Start Now lets a single transfer go on all the same.`
});

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

export const bandwidthPreferences: PreferenceSchema['properties'] = {
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
    'connect.bandwidth.onBattery': pauseRule(
        'What transfers do while the computer that Connect runs on is not on mains power.'
    ),
    'connect.bandwidth.onMetered': pauseRule(
        'What transfers do while the computer that Connect runs on is connected by a way whose data is counted, such as a phone.'
    )
};
