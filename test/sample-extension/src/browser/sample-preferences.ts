import type { PreferencesTabContribution } from '@connect/transfer/lib/browser/preferences/preferences-tab';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';
import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';

/** Whether the view tells bytes. */
export const SHOW_BYTES = 'sample.summary.showBytes';

export const samplePreferenceSchema: PreferenceSchema = {
    scope: PreferenceScope.User,
    properties: {
        [SHOW_BYTES]: {
            type: 'boolean',
            default: true,
            description: 'Tell in the view how many bytes were moved, not only how many transfers there are.'
        }
    }
};

/** A tab of its own in the editor of preferences. */
export const samplePreferences: PreferencesTabContribution = {
    tabs: [
        {
            id: 'sample',
            label: 'Sample',
            rank: 900,
            sections: [
                {
                    id: 'view',
                    title: 'View',
                    rank: 100,
                    rows: [{ key: SHOW_BYTES, label: 'Show bytes' }]
                }
            ]
        }
    ]
};
