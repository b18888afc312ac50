import * as React from '@theia/core/shared/react';
import {
    complaintAboutValue,
    listText,
    numberText,
    parseList,
    parseNumber,
    unitFor,
    type SettingSchema,
    type SettingUnit
} from '../../common/setting-values';

/** What every field of a setting gets. */
export interface FieldProps {
    readonly id: string;
    readonly label: string;
    readonly value: unknown;
    readonly schema: SettingSchema;
    readonly disabled: boolean;
    /** Ids of what describes it. */
    readonly describedBy: string;
    readonly units?: readonly SettingUnit[];
    readonly placeholder?: string;
    /** Told as soon as what stands in the field cannot be kept; undefined when it can. */
    onComplaint(complaint: string | undefined): void;
    onSet(value: unknown): void;
}

/** A field for a number, a list or a text. It is kept when it is left or Enter is pressed; Escape brings back what was. */
export function TextField(props: FieldProps & { readonly before?: React.ReactNode }): React.ReactElement {
    const { schema, units } = props;
    const isList = schema.type === 'array';
    const isNumber = schema.type === 'number' || schema.type === 'integer';
    const [unit, setUnit] = React.useState(() => chosenUnit(props.value, units));
    const shown = shownText(props.value, isList, isNumber ? unit : undefined);
    const [draft, setDraft] = React.useState<string | undefined>(undefined);
    const text = draft ?? shown;
    const complaint = draft === undefined ? undefined : complaintOf(draft);

    function read(typed: string, inUnit = unit): unknown {
        return isList ? parseList(typed) : isNumber ? parseNumber(typed, inUnit) : typed.trim();
    }
    function complaintOf(typed: string): string | undefined {
        return complaintAboutValue(read(typed), schema, unit);
    }
    const type = (typed: string): void => {
        setDraft(typed);
        props.onComplaint(complaintOf(typed));
    };
    const keep = (): void => {
        if (draft !== undefined && complaint === undefined) {
            setDraft(undefined);
            if (draft !== shown) {
                props.onSet(read(draft));
            }
        }
    };
    const giveUp = (): void => {
        setDraft(undefined);
        props.onComplaint(undefined);
    };
    const choose = (label: string): void => {
        const next = units?.find(each => each.label === label);
        setUnit(next);
        const value = read(text, next);
        const objection = complaintAboutValue(value, schema, next);
        props.onComplaint(objection);
        if (objection === undefined) {
            setDraft(undefined);
            props.onSet(value);
        } else {
            setDraft(text);
        }
    };
    return (
        <>
            <input
                id={props.id}
                className={`theia-input${isNumber ? ' number' : ''}`}
                type="text"
                inputMode={isNumber ? 'decimal' : 'text'}
                spellCheck={false}
                value={text}
                disabled={props.disabled}
                placeholder={props.placeholder}
                aria-invalid={complaint !== undefined}
                aria-describedby={props.describedBy}
                onChange={event => type(event.currentTarget.value)}
                onBlur={keep}
                onKeyDown={event => {
                    if (event.key === 'Enter') {
                        keep();
                    } else if (event.key === 'Escape' && draft !== undefined) {
                        event.stopPropagation();
                        giveUp();
                    }
                }}
            />
            {units && (
                <select
                    className="theia-select"
                    aria-label={`Unit of ${props.label}`}
                    value={unit?.label}
                    disabled={props.disabled}
                    onChange={event => choose(event.currentTarget.value)}
                >
                    {units.map(({ label }) => (
                        <option key={label} value={label}>
                            {label}
                        </option>
                    ))}
                </select>
            )}
        </>
    );
}

/** A number that is 0 for none: a check box, and the field while it is ticked. */
export function LimitField(props: FieldProps & { readonly limit: string }): React.ReactElement {
    const isLimited = typeof props.value === 'number' && props.value > 0;
    // ticked, but without a number as yet
    const [isTicked, setTicked] = React.useState(false);
    const isOn = isLimited || isTicked;
    const field = React.useRef<HTMLSpanElement>(null);
    const tick = (on: boolean): void => {
        setTicked(on);
        props.onComplaint(undefined);
        if (!on && isLimited) {
            props.onSet(0);
        }
    };
    React.useEffect(() => {
        if (isTicked && !isLimited) {
            field.current?.querySelector('input')?.focus();
        }
    }, [isTicked, isLimited]);
    return (
        <>
            <label className="connect-preferences-check">
                <input
                    type="checkbox"
                    className="theia-input"
                    checked={isOn}
                    disabled={props.disabled}
                    aria-label={`${props.label}: ${props.limit}`}
                    aria-describedby={props.describedBy}
                    onChange={event => tick(event.currentTarget.checked)}
                />
                {props.limit}
            </label>
            <span className="connect-preferences-limit" ref={field}>
                <TextField
                    {...props}
                    value={isLimited ? props.value : undefined}
                    disabled={props.disabled || !isOn}
                    placeholder={isOn ? 'rate' : 'no limit'}
                    onSet={value => {
                        setTicked(false);
                        props.onSet(value);
                    }}
                />
            </span>
        </>
    );
}

/** One of several values. */
export function ChoiceField(props: FieldProps & { readonly labels: readonly string[] }): React.ReactElement {
    const values = props.schema.enum ?? [];
    return (
        <select
            id={props.id}
            className="theia-select"
            value={values.findIndex(value => value === props.value)}
            disabled={props.disabled}
            aria-describedby={props.describedBy}
            onChange={event => props.onSet(values[Number(event.currentTarget.value)])}
        >
            {values.map((value, index) => (
                <option key={String(value)} value={index}>
                    {props.labels[index]}
                </option>
            ))}
        </select>
    );
}

/** A switch. */
export function CheckField(props: FieldProps): React.ReactElement {
    return (
        <input
            id={props.id}
            type="checkbox"
            className="theia-input"
            checked={props.value === true}
            disabled={props.disabled}
            aria-describedby={props.describedBy}
            onChange={event => props.onSet(event.currentTarget.checked)}
        />
    );
}

/** What a setting that has no number yet is entered in: the unit that it is kept in. */
function chosenUnit(value: unknown, units: readonly SettingUnit[] | undefined): SettingUnit | undefined {
    if (!units) {
        return undefined;
    }
    return typeof value === 'number' && value > 0
        ? unitFor(value, units)
        : units.find(({ factor }) => factor === 1);
}

function shownText(value: unknown, isList: boolean, unit: SettingUnit | undefined): string {
    if (typeof value === 'number') {
        return numberText(value, unit);
    }
    return isList && Array.isArray(value) ? listText(value) : typeof value === 'string' ? value : '';
}
