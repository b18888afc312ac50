import { ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { Emitter, type Event } from '@theia/core/lib/common/event';
import {
    PreferenceSchemaService,
    type PreferenceDataProperty
} from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { inject, injectable, named, postConstruct } from '@theia/core/shared/inversify';
import {
    isSettingRow,
    PreferencesTabContribution,
    type PreferencesSection,
    type PreferencesTab,
    type PreferencesValues
} from './preferences-tab';

/** What the editor shows, and the settings that it writes: those of the user, which every window shares. */
@injectable()
export class PreferencesModel implements PreferencesValues {
    @inject(PreferenceService) protected readonly preferences: PreferenceService;
    @inject(PreferenceSchemaService) protected readonly schemas: PreferenceSchemaService;
    @inject(ContributionProvider)
    @named(PreferencesTabContribution)
    protected readonly contributions: ContributionProvider<PreferencesTabContribution>;

    private readonly changedEmitter = new Emitter<void>();
    readonly onDidChange: Event<void> = this.changedEmitter.event;

    @postConstruct()
    protected init(): void {
        this.preferences.onPreferencesChanged(() => this.changedEmitter.fire());
    }

    /** All tabs in their order; empty sections and tabs are left out. */
    get tabs(): readonly PreferencesTab[] {
        const merged = new Map<string, PreferencesTab>();
        for (const tab of this.contributions.getContributions().flatMap(({ tabs }) => tabs)) {
            const known = merged.get(tab.id);
            merged.set(tab.id, known ? { ...known, sections: [...known.sections, ...tab.sections] } : tab);
        }
        return [...merged.values()]
            .map(tab => ({ ...tab, sections: this.shown(tab.sections) }))
            .filter(({ sections }) => sections.length > 0)
            .sort((a, b) => a.rank - b.rank);
    }

    get<T>(key: string): T | undefined {
        return this.preferences.get<T>(key);
    }

    property(key: string): PreferenceDataProperty | undefined {
        return this.schemas.getSchemaProperty(key);
    }

    isModified(key: string): boolean {
        return this.preferences.inspect(key)?.globalValue !== undefined;
    }

    async set(key: string, value: unknown): Promise<void> {
        await this.preferences.set(key, value, PreferenceScope.User);
    }

    private shown(sections: readonly PreferencesSection[]): PreferencesSection[] {
        return sections
            .map(section => ({
                ...section,
                rows: section.rows.filter(row => !isSettingRow(row) || this.property(row.key))
            }))
            .filter(({ rows }) => rows.length > 0)
            .sort((a, b) => a.rank - b.rank);
    }
}
