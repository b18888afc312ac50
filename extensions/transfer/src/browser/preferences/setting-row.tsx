import { ConnectError } from '@connect/base';
import type { PreferenceDataProperty } from '@theia/core/lib/common/preferences/preference-schema';
import * as React from '@theia/core/shared/react';
import { complaintAboutValue, listText, numberText, unitFor } from '../../common/setting-values';
import type { PreferencesContext, SettingRow } from './preferences-tab';
import { CheckField, ChoiceField, LimitField, TextField, type FieldProps } from './setting-field';

/** Props of {@link SettingRowView}. */
export interface SettingRowProps {
    readonly row: SettingRow;
    readonly property: PreferenceDataProperty;
    readonly context: PreferencesContext;
    /** Lets a person choose a folder of this computer; undefined when none was chosen. */
    chooseFolder(): Promise<string | undefined>;
}

/** A setting with its field, what it means, what is wrong with it, and the way back to its default. */
export function SettingRowView(props: SettingRowProps): React.ReactElement {
    const { row, property, context } = props;
    const id = `${context.idPrefix}-${row.key.replaceAll('.', '-')}`;
    const [typed, setTyped] = React.useState<string | undefined>(undefined);
    const [resets, setResets] = React.useState(0);
    // shown at once, while it is written
    const [pending, setPending] = React.useState<{ readonly value: unknown } | undefined>(undefined);
    const value = pending ? (pending.value ?? property.default) : context.get<unknown>(row.key);
    const unused = row.unusedBecause?.(context);
    const remark = unused ?? row.remark?.();
    const isModified = context.isModified(row.key);
    const complaint = typed ?? complaintAboutStored(value, property);
    const set = async (next: unknown): Promise<void> => {
        try {
            setTyped(undefined);
            setPending({ value: next });
            await context.set(row.key, next);
            const text = next === undefined ? ' is reset' : `: ${valueText(next, row, property)}`;
            context.announce(`${row.label}${text}`);
        } catch (error) {
            setTyped(`This could not be kept: ${ConnectError.from(error).message}`);
        } finally {
            setPending(undefined);
        }
    };
    const reset = (): void => {
        // what was typed and not kept goes as well
        setResets(count => count + 1);
        void set(undefined);
    };
    React.useEffect(() => {
        if (resets > 0) {
            // its button had the focus, and is gone
            document.getElementById(id)?.focus();
        }
    }, [id, resets]);
    const field: FieldProps = {
        id,
        label: row.label,
        value,
        schema: property as FieldProps['schema'],
        disabled: unused !== undefined,
        describedBy: [`${id}-about`, ...(complaint === undefined ? [] : [`${id}-complaint`])].join(' '),
        units: row.units,
        placeholder: row.placeholder,
        onComplaint: setTyped,
        onSet: next => void set(next)
    };
    const classes = ['connect-preferences-row', isModified && 'modified', unused !== undefined && 'unused'];
    return (
        <div className={classes.filter(Boolean).join(' ')} data-setting={row.key}>
            <label className="connect-preferences-label" htmlFor={id}>
                {row.label}
            </label>
            <div className="connect-preferences-control">
                <div className="connect-preferences-field" key={resets}>
                    {fieldFor(row, property, field)}
                    {row.isFolder && <FolderButton {...props} disabled={field.disabled} onChosen={set} />}
                    {isModified && <ResetButton {...props} onReset={reset} />}
                </div>
                {complaint !== undefined && (
                    <p id={`${id}-complaint`} className="connect-preferences-complaint" role="alert">
                        <span className="codicon codicon-error" aria-hidden="true" /> {complaint}
                    </p>
                )}
                <p id={`${id}-about`} className="connect-preferences-about">
                    {remark !== undefined && <strong>{remark} </strong>}
                    {property.description ?? plainText(property.markdownDescription ?? '')}
                    {property.enum && (
                        <span className="connect-preferences-choice">{choiceText(value, property)}</span>
                    )}
                </p>
            </div>
        </div>
    );
}

function FolderButton({
    row,
    chooseFolder,
    disabled,
    onChosen
}: SettingRowProps & {
    readonly disabled: boolean;
    onChosen(folder: string): Promise<void>;
}): React.ReactElement {
    const choose = async (): Promise<void> => {
        const folder = await chooseFolder();
        if (folder !== undefined) {
            await onChosen(folder);
        }
    };
    return (
        <button
            type="button"
            className="theia-button secondary"
            disabled={disabled}
            aria-label={`Choose folder: ${row.label}`}
            onClick={() => void choose()}
        >
            Choose…
        </button>
    );
}

function ResetButton({ row, property, onReset }: SettingRowProps & { onReset(): void }): React.ReactElement {
    const text = valueText(property.default, row, property);
    return (
        <button
            type="button"
            className="connect-preferences-reset codicon codicon-discard"
            title={`Reset to ${text}`}
            aria-label={`Reset ${row.label} to ${text}`}
            onClick={() => onReset()}
        />
    );
}

function fieldFor(row: SettingRow, property: PreferenceDataProperty, field: FieldProps): React.ReactElement {
    if (property.type === 'boolean') {
        return <CheckField {...field} />;
    }
    if (property.enum) {
        return (
            <ChoiceField {...field} labels={property.enum.map((_, index) => enumLabel(property, index))} />
        );
    }
    return row.limit === undefined ? <TextField {...field} /> : <LimitField {...field} limit={row.limit} />;
}

/** What a file that was edited by hand may hold; a text field shows nothing for what is no text. */
function complaintAboutStored(value: unknown, property: PreferenceDataProperty): string | undefined {
    const complaint = complaintAboutValue(value, property as FieldProps['schema']);
    return complaint === undefined ? undefined : `What the settings file has here is not used. ${complaint}`;
}

/** What Markdown says, without its marks. */
function plainText(markdown: string): string {
    return markdown.replace(/[`*]/g, '');
}

/** What the chosen value means. */
function choiceText(value: unknown, property: PreferenceDataProperty): string {
    const text = property.enumDescriptions?.[property.enum?.findIndex(each => each === value) ?? -1];
    return text ?? '';
}

function enumLabel({ enum: values, enumItemLabels }: PreferenceDataProperty, index: number): string {
    const text = enumItemLabels?.[index] ?? String(values?.[index]);
    return text[0].toUpperCase() + text.slice(1);
}

/** A value as a person reads it. */
function valueText(value: unknown, row: SettingRow, property: PreferenceDataProperty): string {
    if (typeof value === 'boolean') {
        return value ? 'on' : 'off';
    }
    if (property.enum) {
        return enumLabel(
            property,
            Math.max(
                0,
                property.enum.findIndex(each => each === value)
            )
        );
    }
    if (typeof value === 'number') {
        if (value === 0 && row.limit !== undefined) {
            return 'no limit';
        }
        const unit = row.units && unitFor(value, row.units);
        return `${numberText(value, unit)}${unit ? ` ${unit.label}` : ''}`;
    }
    const text = Array.isArray(value) ? listText(value) : String(value ?? '');
    return text === '' ? 'nothing' : text;
}
