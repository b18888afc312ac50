import type { PreferenceProxy } from '@theia/core/lib/common/preferences/preference-proxy';
import type { PreferenceSchema } from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';
import { bindPreferences, type Bind } from './bind-preferences';

/** Values of the settings of engines. */
export interface EngineConfiguration {
    'connect.engines.preferred': string;
    'connect.engines.ascp.path': string;
}

/** Of `connect.engines.preferred`: the engines are asked in the order in which they were registered. */
export const ANY_ENGINE = 'automatic';

export const enginePreferenceSchema: PreferenceSchema = {
    scope: PreferenceScope.User,
    properties: {
        'connect.engines.preferred': {
            type: 'string',
            default: ANY_ENGINE,
            markdownDescription:
                'Engine that transfers are given to when it can do them; the others are asked when it cannot. `automatic` takes the one that fits the server; `https` sends nothing over UDP, for networks that forbid it. *Connect: About Transfer Engines* lists them. Applies from the next start of a transfer on.'
        },
        'connect.engines.ascp.path': {
            type: 'string',
            default: '',
            description:
                'Absolute path of the program ascp, or of its folder, for transfers with Aspera servers. Empty: the one on the PATH, else in the places where the products of IBM put it.'
        }
    }
};

export const EnginePreferences = Symbol('EnginePreferences');
/** Typed access to the settings; the same in window and backend. */
export type EnginePreferences = PreferenceProxy<EngineConfiguration>;

/** Belongs in the frontend and in the backend module: both have a preference service of their own. */
export function bindEnginePreferences(bind: Bind): void {
    bindPreferences<EngineConfiguration>(bind, EnginePreferences, enginePreferenceSchema);
}
