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

/** The function that modules bind with. */
type Bind = Extract<Bindable, (...args: never[]) => unknown>;

/** Binds schema and values; for the modules of both sides. */
export function bindRemoteViewPreferences(bind: Bind): void {
    bind(RemoteViewPreferences)
        .toDynamicValue(({ container }) =>
            createPreferenceProxy(
                container.get<PreferenceService>(PreferenceService),
                remoteViewPreferenceSchema
            )
        )
        .inSingletonScope();
    bind(PreferenceContribution).toConstantValue({ schema: remoteViewPreferenceSchema });
}
