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

/** What stands in a field, and what becomes of it. */
interface TypedText {
    readonly text: string;
    readonly unit: SettingUnit | undefined;
    readonly isWrong: boolean;
    type(text: string): void;
    keep(): void;
    /** Undefined when there is nothing to give up. */
    readonly giveUp: (() => void) | undefined;
    chooseUnit(label: string): void;
}

function useTypedText(props: FieldProps): TypedText {
    const { schema, units } = props;
    const isList = schema.type === 'array';
    const isNumber = isNumberSchema(schema);
    const [unit, setUnit] = React.useState(() => chosenUnit(props.value, units));
    const [draft, setDraft] = React.useState<string | undefined>(undefined);
    const shown = shownText(props.value, isList, isNumber ? unit : undefined);
    const read = (typed: string, inUnit = unit): unknown =>
        isList ? parseList(typed) : isNumber ? parseNumber(typed, inUnit) : typed.trim();
    const complaint = (typed: string, inUnit = unit): string | undefined =>
        complaintAboutValue(read(typed, inUnit), schema, inUnit);
    const isWrong = draft !== undefined && complaint(draft) !== undefined;
    const put = (text: string | undefined): void => {
        setDraft(text);
        props.onComplaint(text === undefined ? undefined : complaint(text));
    };
    return {
        text: draft ?? shown,
        unit,
        isWrong,
        type: put,
        keep: () => {
            if (draft !== undefined && !isWrong) {
                setDraft(undefined);
                if (draft !== shown) {
                    props.onSet(read(draft));
                }
            }
        },
        giveUp: draft === undefined ? undefined : () => put(undefined),
        chooseUnit: label => {
            const next = units?.find(each => each.label === label);
            const text = draft ?? shown;
            const objection = text === '' ? undefined : complaint(text, next);
            setUnit(next);
            props.onComplaint(objection);
            if (objection === undefined && text !== '') {
                setDraft(undefined);
                props.onSet(read(text, next));
            } else {
                setDraft(draft === undefined && text === '' ? undefined : text);
            }
        }
    };
}

/** A field for a number, a list or a text. It is kept when it is left or Enter is pressed; Escape brings back what was. */
export function TextField(props: FieldProps): React.ReactElement {
    const { units, schema } = props;
    const typed = useTypedText(props);
    const isNumber = isNumberSchema(schema);
    return (
        <>
            <input
                id={props.id}
                className={`theia-input${isNumber ? ' number' : ''}`}
                type="text"
                inputMode={isNumber ? 'decimal' : 'text'}
                spellCheck={false}
                value={typed.text}
                disabled={props.disabled}
                placeholder={props.placeholder}
                aria-invalid={typed.isWrong}
                aria-describedby={props.describedBy}
                onChange={event => typed.type(event.currentTarget.value)}
                onBlur={() => typed.keep()}
                onKeyDown={event => {
                    if (event.key === 'Enter') {
                        typed.keep();
                    } else if (event.key === 'Escape' && typed.giveUp) {
                        event.stopPropagation();
                        typed.giveUp();
                    }
                }}
            />
            {units && (
                <select
                    className="theia-select"
                    aria-label={`Unit of ${props.label}`}
                    value={typed.unit?.label}
                    disabled={props.disabled}
                    onChange={event => typed.chooseUnit(event.currentTarget.value)}
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

function isNumberSchema({ type }: SettingSchema): boolean {
    return type === 'number' || type === 'integer';
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
