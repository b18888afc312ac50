import type { Bindable } from '@theia/core/lib/common/contribution-provider';
import { createPreferenceProxy } from '@theia/core/lib/common/preferences/preference-proxy';
import {
    PreferenceContribution,
    type PreferenceSchema
} from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';

/** The function that modules bind with. */
export type Bind = Extract<Bindable, (...args: never[]) => unknown>;

/** Contributes the settings of a schema, and binds typed access to them to `identifier`. */
export function bindPreferences<Configuration>(
    bind: Bind,
    identifier: symbol,
    schema: PreferenceSchema
): void {
    bind(identifier)
        .toDynamicValue(context =>
            createPreferenceProxy<Configuration>(
                context.container.get<PreferenceService>(PreferenceService),
                schema
            )
        )
        .inSingletonScope();
    bind(PreferenceContribution).toConstantValue({ schema });
}
