import type { ReactNode } from '@theia/core/shared/react';
import type { SettingUnit } from '../../common/setting-values';

/** Bind it to add tabs to the editor of preferences, or sections to tabs that are there. */
export const PreferencesTabContribution = Symbol('PreferencesTabContribution');

/** Tabs of an extension; those of one id are shown as one. */
export interface PreferencesTabContribution {
    readonly tabs: readonly PreferencesTab[];
}

/** A page of the editor. Those that are built in: general, accounts, transfers, network, bandwidth, security. */
export interface PreferencesTab {
    readonly id: string;
    readonly label: string;
    /** Tabs are in the order of their ranks, from 100 to 600 for those built in. */
    readonly rank: number;
    readonly sections: readonly PreferencesSection[];
}

/** A group of rows under a heading. */
export interface PreferencesSection {
    /** Unique in its tab. */
    readonly id: string;
    readonly title: string;
    readonly rank: number;
    /** A sentence below the heading. */
    readonly note?: string;
    readonly rows: readonly PreferencesRow[];
}

export type PreferencesRow = SettingRow | CustomRow;

/** A setting of some preference schema; field, description and checks are made of what the schema says. */
export interface SettingRow {
    /** Full name of the preference. Rows of settings that nobody declares are left out. */
    readonly key: string;
    readonly label: string;
    /** Of a number: the units to choose from. The setting is kept in the one whose factor is 1. */
    readonly units?: readonly SettingUnit[];
    /** Of a number: 0 means none, and a check box of this name stands before the field. */
    readonly limit?: string;
    /** Of a text: a folder of this computer, which can be chosen. */
    readonly isFolder?: boolean;
    readonly placeholder?: string;
    /** Why it has no effect at the moment, as a sentence; undefined while it has. */
    readonly unusedBecause?: (values: PreferencesValues) => string | undefined;
    /** How what it is about stands at the moment, as a sentence; undefined for nothing to say. */
    readonly remark?: () => string | undefined;
}

/** Anything else: what `render` gives stands beside the label, with all the width when there is none. */
export interface CustomRow {
    readonly id: string;
    readonly label?: string;
    /** Full names of the settings that it edits, if any. */
    readonly keys?: readonly string[];
    render(context: PreferencesContext): ReactNode;
}

/** Values as they are now, of any scope; for deciding what is shown. */
export interface PreferencesValues {
    get<T>(key: string): T | undefined;
}

/** What a custom row can do. */
export interface PreferencesContext extends PreferencesValues {
    /** Begin of ids of elements, unique on the page. */
    readonly idPrefix: string;
    /** Keeps a value for this user; undefined resets it. Rejects when it could not be written. */
    set(key: string, value: unknown): Promise<void>;
    isModified(key: string): boolean;
    /** Resolves when what was set before is written, or could not be. */
    settled(): Promise<void>;
    /** Draws the editor anew, after something else than a setting has changed. */
    refresh(): void;
    /** Told to screen readers, and shown in the footer. */
    announce(text: string): void;
}

export function isSettingRow(row: PreferencesRow): row is SettingRow {
    return 'key' in row;
}
