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

/** Longest wait for a value that was written; another may have been set meanwhile. */
const IN_FORCE_WITHIN_MS = 2_000;

/** What the editor shows, and the settings that it writes: those of the user, which every window shares. */
@injectable()
export class PreferencesModel implements PreferencesValues {
    @inject(PreferenceService) protected readonly preferences: PreferenceService;
    @inject(PreferenceSchemaService) protected readonly schemas: PreferenceSchemaService;
    @inject(ContributionProvider)
    @named(PreferencesTabContribution)
    protected readonly contributions: ContributionProvider<PreferencesTabContribution>;

    private readonly writing = new Set<Promise<void>>();
    private readonly changedEmitter = new Emitter<void>();
    readonly onDidChange: Event<void> = this.changedEmitter.event;

    @postConstruct()
    protected init(): void {
        this.preferences.onPreferencesChanged(() => this.changedEmitter.fire());
    }

    /**
     * All tabs in their order; empty sections and tabs are left out. Settings of ours that no tab mentions are on the
     * one that is named like their group.
     */
    get tabs(): readonly PreferencesTab[] {
        const merged = new Map<string, PreferencesTab>();
        for (const tab of this.contributions.getContributions().flatMap(({ tabs }) => tabs)) {
            const known = merged.get(tab.id);
            merged.set(tab.id, known ? { ...known, sections: [...known.sections, ...tab.sections] } : tab);
        }
        const rest = unmentioned([...this.schemas.getSchemaProperties().keys()], [...merged.values()]);
        return [...merged.values()]
            .map(tab => ({ ...tab, sections: this.shown([...tab.sections, otherSettings(tab, rest)]) }))
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
        const writing = this.write(key, value);
        const over = (): void => {
            this.writing.delete(writing);
        };
        this.writing.add(writing);
        writing.then(over, over);
        await writing;
    }

    /** Resolves when what was set before is written, or could not be. */
    async settled(): Promise<void> {
        await Promise.allSettled([...this.writing]);
    }

    /** Theia resolves when the file is written, which may be before the value is the one in force. */
    private async write(key: string, value: unknown): Promise<void> {
        await this.preferences.set(key, value, PreferenceScope.User);
        const isInForce = (): boolean =>
            JSON.stringify(this.preferences.inspect(key)?.globalValue) === JSON.stringify(value);
        if (isInForce()) {
            return;
        }
        await new Promise<void>(resolve => {
            const over = (): void => {
                window.clearTimeout(timer);
                listening.dispose();
                resolve();
            };
            const timer = window.setTimeout(over, IN_FORCE_WITHIN_MS);
            const listening = this.onDidChange(() => isInForce() && over());
        });
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

/** Settings of ours that stand on none of these tabs. */
function unmentioned(keys: readonly string[], tabs: readonly PreferencesTab[]): string[] {
    const rows = tabs.flatMap(({ sections }) => sections.flatMap(section => section.rows));
    const mentioned = new Set(rows.flatMap(row => (isSettingRow(row) ? [row.key] : (row.keys ?? []))));
    return keys.filter(key => key.startsWith('connect.') && !mentioned.has(key));
}

function otherSettings({ id }: PreferencesTab, keys: readonly string[]): PreferencesSection {
    const own = keys.filter(key => key.startsWith(`connect.${id}.`));
    const rows = own.map(key => ({ key, label: labelOf(key.slice(`connect.${id}.`.length)) }));
    return { id: 'other', title: 'Other', rank: Number.MAX_SAFE_INTEGER, rows };
}

/** `logFiles.perDay` as people read it: Log files per day. */
function labelOf(name: string): string {
    const words = name.replace(/[.]/g, ' ').replace(/([a-z])([A-Z])/g, '$1 $2');
    return words[0].toUpperCase() + words.slice(1).toLowerCase();
}
