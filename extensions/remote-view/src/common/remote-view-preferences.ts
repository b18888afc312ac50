import { bindPreferences, type Bind } from '@connect/transfer/lib/common/bind-preferences';
import type { PreferenceProxy } from '@theia/core/lib/common/preferences/preference-proxy';
import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';

export interface RemoteViewConfiguration {
    'connect.general.remoteViewMaxItems': number;
}

export const remoteViewPreferenceSchema: PreferenceSchema = {
    scope: PreferenceScope.User,
    properties: {
        'connect.general.remoteViewMaxItems': {
            type: 'integer',
            minimum: 1,
            maximum: 100_000,
            default: 1_000,
            description: 'How many items of a remote folder are shown. Larger folders say that there is more.'
        }
    }
};

export const RemoteViewPreferences = Symbol('RemoteViewPreferences');
export type RemoteViewPreferences = PreferenceProxy<RemoteViewConfiguration>;

/** Binds schema and values; for the modules of both sides. */
export function bindRemoteViewPreferences(bind: Bind): void {
    bindPreferences<RemoteViewConfiguration>(bind, RemoteViewPreferences, remoteViewPreferenceSchema);
}
