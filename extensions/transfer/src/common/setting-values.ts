/** What is known of a setting's values: the part of a JSON schema that editors and checks need. */
export interface SettingSchema {
    readonly type?: string | readonly string[];
    readonly enum?: readonly unknown[];
    readonly minimum?: number;
    readonly maximum?: number;
    readonly pattern?: string;
    readonly patternErrorMessage?: string;
}

/** A unit that a number may be shown in. */
export interface SettingUnit {
    readonly label: string;
    /** How many of the units that the setting is kept in. */
    readonly factor: number;
}

export const RATE_UNITS: readonly SettingUnit[] = [
    { label: 'Kbps', factor: 0.001 },
    { label: 'Mbps', factor: 1 }
];

export const TIME_UNITS: readonly SettingUnit[] = [
    { label: 'seconds', factor: 1 },
    { label: 'minutes', factor: 60 },
    { label: 'hours', factor: 3600 }
];

/** Figures of a number that are kept: enough for any rate, and none of the errors of division. */
const FIGURES = 12;

/** The largest unit in which a value is one or more, so that it reads well; the first for what is smaller than all. */
export function unitFor(value: number, units: readonly SettingUnit[]): SettingUnit {
    const isWhole = ({ factor }: SettingUnit): boolean => Number.isInteger(rounded(value / factor));
    const fitting = units.filter(unit => value >= unit.factor);
    return fitting.filter(isWhole).pop() ?? fitting[0] ?? units[0];
}

/** A value in a unit, as a field shows it. */
export function numberText(value: number, unit: SettingUnit | undefined): string {
    return String(rounded(value / (unit?.factor ?? 1)));
}

/** The number that a person typed, in the setting's own unit; undefined for what is none. A comma may be the point. */
export function parseNumber(text: string, unit: SettingUnit | undefined): number | undefined {
    const plain = text.trim().replace(',', '.');
    return /^-?\d+(\.\d+)?$/.test(plain) ? rounded(Number(plain) * (unit?.factor ?? 1)) : undefined;
}

/** A list as a field shows it, and back: items are separated by commas or line ends. */
export function listText(items: readonly unknown[]): string {
    return items.join(', ');
}

export function parseList(text: string): string[] {
    return text
        .split(/[,\n]/)
        .map(item => item.trim())
        .filter(item => item !== '');
}

/**
 * Why a value cannot be a setting's, as a sentence; undefined when it can.
 * @param value undefined for a number that is none
 * @param unit in which limits are told
 */
export function complaintAboutValue(
    value: unknown,
    schema: SettingSchema,
    unit?: SettingUnit
): string | undefined {
    const types: readonly unknown[] = Array.isArray(schema.type) ? schema.type : [schema.type];
    if (types.includes('number') || types.includes('integer')) {
        return complaintAboutNumber(value, schema, !types.includes('number'), unit);
    }
    if (schema.enum && !schema.enum.includes(value)) {
        return 'Choose one of the values.';
    }
    if (typeof value === 'string' && schema.pattern !== undefined && !matches(schema.pattern, value)) {
        return schema.patternErrorMessage ?? 'This does not have the right form.';
    }
    return undefined;
}

function complaintAboutNumber(
    value: unknown,
    { minimum, maximum }: SettingSchema,
    isWhole: boolean,
    unit: SettingUnit | undefined
): string | undefined {
    if (typeof value !== 'number' || !Number.isFinite(value)) {
        return 'Enter a number.';
    }
    if (isWhole && !Number.isInteger(value)) {
        return 'Enter a whole number.';
    }
    const told = (limit: number): string => `${numberText(limit, unit)}${unit ? ` ${unit.label}` : ''}`;
    if (minimum !== undefined && value < minimum) {
        return `Not less than ${told(minimum)}.`;
    }
    return maximum !== undefined && value > maximum ? `Not more than ${told(maximum)}.` : undefined;
}

function matches(pattern: string, text: string): boolean {
    return new RegExp(pattern, 'u').test(text);
}

function rounded(value: number): number {
    return Number(value.toPrecision(FIGURES));
}
