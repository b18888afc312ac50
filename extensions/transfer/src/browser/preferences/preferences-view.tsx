import * as React from '@theia/core/shared/react';
import {
    isSettingRow,
    type PreferencesContext,
    type PreferencesRow,
    type PreferencesSection,
    type PreferencesTab
} from './preferences-tab';
import type { PreferencesModel } from './preferences-model';
import { SettingRowView } from './setting-row';

/** Props of {@link PreferencesView}. */
export interface PreferencesViewProps {
    readonly id: string;
    readonly model: PreferencesModel;
    readonly tabs: readonly PreferencesTab[];
    readonly chosen: string;
    /** What was done last. */
    readonly message: string;
    choose(tabId: string): void;
    announce(text: string): void;
    refresh(): void;
    chooseFolder(): Promise<string | undefined>;
    openJson(): void;
    openAll(): void;
}

/** Tabs, the page of the chosen one, and a line at the bottom. */
export function PreferencesView(props: PreferencesViewProps): React.ReactElement {
    const { id, tabs, chosen } = props;
    const tab = tabs.find(each => each.id === chosen) ?? tabs[0];
    return (
        <div className="connect-preferences-view">
            <TabList {...props} chosen={tab?.id ?? ''} />
            {tab && (
                <div
                    className="connect-preferences-page"
                    role="tabpanel"
                    id={`${id}-page`}
                    aria-labelledby={`${id}-tab-${tab.id}`}
                    key={tab.id}
                >
                    {tab.sections.map(section => (
                        <SectionView key={section.id} {...props} tab={tab} section={section} />
                    ))}
                </div>
            )}
            <div className="connect-preferences-footer">
                <span role="status">{props.message || 'Changes apply at once.'}</span>
                <button type="button" className="theia-button secondary" onClick={() => props.openAll()}>
                    All Settings
                </button>
                <button type="button" className="theia-button secondary" onClick={() => props.openJson()}>
                    Open as JSON
                </button>
            </div>
        </div>
    );
}

/** Arrow keys go from tab to tab, and the page follows: as the pattern for tabs of WAI-ARIA has it. */
function TabList({ id, tabs, chosen, choose }: PreferencesViewProps): React.ReactElement {
    const list = React.useRef<HTMLDivElement>(null);
    const onKeyDown = (event: React.KeyboardEvent): void => {
        const at = tabs.findIndex(tab => tab.id === chosen);
        const next = nextTab(event.key, at, tabs.length);
        if (next !== undefined) {
            event.preventDefault();
            event.stopPropagation();
            choose(tabs[next].id);
            list.current?.querySelectorAll<HTMLElement>('[role=tab]')[next]?.focus();
        }
    };
    return (
        <div
            className="connect-preferences-tabs"
            role="tablist"
            aria-label="Preferences"
            ref={list}
            onKeyDown={onKeyDown}
        >
            {tabs.map(tab => (
                <button
                    key={tab.id}
                    type="button"
                    role="tab"
                    id={`${id}-tab-${tab.id}`}
                    aria-selected={tab.id === chosen}
                    aria-controls={tab.id === chosen ? `${id}-page` : undefined}
                    tabIndex={tab.id === chosen ? 0 : -1}
                    onClick={() => choose(tab.id)}
                >
                    {tab.label}
                </button>
            ))}
        </div>
    );
}

function nextTab(key: string, at: number, count: number): number | undefined {
    switch (key) {
        case 'ArrowRight':
            return (at + 1) % count;
        case 'ArrowLeft':
            return (at + count - 1) % count;
        case 'Home':
            return 0;
        case 'End':
            return count - 1;
        default:
            return undefined;
    }
}

function SectionView(
    props: PreferencesViewProps & { readonly tab: PreferencesTab; readonly section: PreferencesSection }
): React.ReactElement {
    const { id, model, tab, section } = props;
    const idPrefix = `${id}-${tab.id}-${section.id}`;
    const context: PreferencesContext = {
        idPrefix,
        get: key => model.get(key),
        set: (key, value) => model.set(key, value),
        isModified: key => model.isModified(key),
        settled: () => model.settled(),
        refresh: () => props.refresh(),
        announce: text => props.announce(text)
    };
    return (
        <section className="connect-preferences-section" aria-labelledby={`${idPrefix}-title`}>
            <h2 id={`${idPrefix}-title`}>{section.title}</h2>
            {section.note !== undefined && <p className="connect-preferences-about">{section.note}</p>}
            {section.rows.map(row => (
                <RowView key={isSettingRow(row) ? row.key : row.id} {...props} row={row} context={context} />
            ))}
        </section>
    );
}

function RowView({
    row,
    context,
    model,
    chooseFolder
}: PreferencesViewProps & {
    readonly row: PreferencesRow;
    readonly context: PreferencesContext;
}): React.ReactElement | null {
    if (!isSettingRow(row)) {
        return (
            <div className={`connect-preferences-row${row.label === undefined ? ' wide' : ''}`}>
                {row.label !== undefined && <div className="connect-preferences-label">{row.label}</div>}
                <div className="connect-preferences-control">{row.render(context)}</div>
            </div>
        );
    }
    const property = model.property(row.key);
    return property ? (
        <SettingRowView row={row} property={property} context={context} chooseFolder={chooseFolder} />
    ) : null;
}
