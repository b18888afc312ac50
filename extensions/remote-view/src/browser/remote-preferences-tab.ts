import type { PreferencesTabContribution } from '@connect/transfer/lib/browser/preferences/preferences-tab';

/** What the Remote view adds to the editor of preferences. */
export const remotePreferences: PreferencesTabContribution = {
    tabs: [
        {
            id: 'general',
            label: 'General',
            rank: 100,
            sections: [
                {
                    id: 'remote-view',
                    title: 'Remote view',
                    rank: 200,
                    rows: [
                        {
                            key: 'connect.general.remoteViewMaxItems',
                            label: 'Files and folders per folder'
                        }
                    ]
                }
            ]
        }
    ]
};
