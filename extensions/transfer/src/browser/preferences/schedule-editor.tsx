import { ConnectError } from '@connect/base';
import * as React from '@theia/core/shared/react';
import {
    complaintsAbout,
    dayName,
    LIMIT_FIELDS,
    NEW_ROW,
    rowsOf,
    scheduleOf,
    WEEK,
    type LimitField,
    type RowComplaints,
    type ScheduleRow
} from '../../common/schedule-rows';
import { ScheduleWeek } from './schedule-week';

/** Props of {@link ScheduleEditor}. */
export interface ScheduleEditorProps {
    readonly id: string;
    /** The setting, whatever it holds. */
    readonly value: unknown;
    /** Undefined for none. Rejects when it could not be kept. */
    onSet(schedule: object[] | undefined): Promise<void>;
}

const LIMIT_NAMES: Readonly<Record<LimitField, string>> = {
    upload: 'Up',
    download: 'Down',
    automaticUpload: 'Auto up',
    automaticDownload: 'Auto down'
};

/** The lines as they are edited: all of them are kept as soon as every one makes sense. */
interface EditedLines {
    readonly rows: readonly ScheduleRow[];
    readonly complaints: readonly RowComplaints[];
    /** Undefined while what is shown is kept. */
    readonly problem: string | undefined;
    change(at: number, part: Partial<ScheduleRow>): void;
    /** Keeps lines that were changed. */
    keep(rows?: readonly ScheduleRow[]): void;
    revert(): void;
}

function useLines({ value, onSet }: ScheduleEditorProps): EditedLines {
    const stored = rowsOf(value);
    const [draft, setDraft] = React.useState<readonly ScheduleRow[] | undefined>(undefined);
    const [failure, setFailure] = React.useState('');
    const rows = draft ?? stored;
    // a field that loses the focus because its line goes must not bring the line back
    const latest = React.useRef(rows);
    latest.current = rows;
    const complaints = rows.map(complaintsAbout);
    const edit = (next: readonly ScheduleRow[]): void => {
        latest.current = next;
        setDraft(next);
    };
    const keep = async (next: readonly ScheduleRow[]): Promise<void> => {
        edit(next);
        if (next.some(row => Object.keys(complaintsAbout(row)).length > 0)) {
            return;
        }
        try {
            await onSet(next.length === 0 ? undefined : scheduleOf(next));
            setFailure('');
            // only what has not been changed again meanwhile
            setDraft(now => (now === next ? undefined : now));
        } catch (error) {
            setFailure(`This could not be kept: ${ConnectError.from(error).message}`);
        }
    };
    const complaint = complaintText(complaints);
    const problem = complaint === '' ? failure : `The change is not kept yet. ${complaint}`;
    return {
        rows,
        complaints,
        problem: problem === '' ? undefined : problem,
        change: (at, part) =>
            edit(latest.current.map((row, index) => (index === at ? { ...row, ...part } : row))),
        keep: (next = latest.current) => {
            if (next !== stored) {
                void keep(next);
            }
        },
        revert: () => {
            setDraft(undefined);
            setFailure('');
        }
    };
}

/** Lines of the schedule, and a picture of the week. */
export function ScheduleEditor(props: ScheduleEditorProps): React.ReactElement {
    const { id } = props;
    const lines = useLines(props);
    const { rows, problem } = lines;
    const table = React.useRef<HTMLDivElement>(null);
    const add = (): void => {
        lines.keep([...rows, NEW_ROW]);
        // the new line is drawn when this is over
        window.setTimeout(() =>
            table.current?.querySelector<HTMLInputElement>('tbody tr:last-child input.time')?.focus()
        );
    };
    return (
        <div className="connect-schedule" ref={table}>
            {rows.length > 0 && <LineTable id={id} lines={lines} />}
            {problem !== undefined && (
                <p className="connect-preferences-complaint" role="alert">
                    <span className="codicon codicon-error" aria-hidden="true" /> {problem}
                </p>
            )}
            <div className="connect-preferences-field">
                <button id={`${id}-add`} type="button" className="theia-button secondary" onClick={add}>
                    Add Hours
                </button>
                {problem !== undefined && (
                    <button type="button" className="theia-button secondary" onClick={() => lines.revert()}>
                        Revert
                    </button>
                )}
                {rows.length === 0 && <span>No schedule: the limits above hold at all hours.</span>}
            </div>
            {rows.length > 0 && <ScheduleWeek rows={rows} />}
        </div>
    );
}

function LineTable({ id, lines }: { readonly id: string; readonly lines: EditedLines }): React.ReactElement {
    const { rows, complaints } = lines;
    const remove = (at: number): void => {
        lines.keep(rows.filter((_, index) => index !== at));
        document.getElementById(`${id}-add`)?.focus();
    };
    const swap = (at: number): void => {
        const next = [...rows];
        [next[at - 1], next[at]] = [next[at], next[at - 1]];
        lines.keep(next);
    };
    return (
        <table className="connect-schedule-table">
            <thead>
                <tr>
                    <th scope="col">Line</th>
                    <th scope="col">Days</th>
                    <th scope="col">From</th>
                    <th scope="col">To</th>
                    {LIMIT_FIELDS.map(field => (
                        <th key={field} scope="col">
                            {LIMIT_NAMES[field]}
                        </th>
                    ))}
                    <th scope="col">
                        <span className="connect-preferences-hidden">Actions</span>
                    </th>
                </tr>
            </thead>
            <tbody>
                {rows.map((row, at) => (
                    <ScheduleLine
                        key={at}
                        number={at + 1}
                        row={row}
                        complaints={complaints[at]}
                        change={part => lines.change(at, part)}
                        done={() => lines.keep()}
                        up={at === 0 ? undefined : () => swap(at)}
                        remove={() => remove(at)}
                    />
                ))}
            </tbody>
        </table>
    );
}

interface LineProps {
    readonly number: number;
    readonly row: ScheduleRow;
    readonly complaints: RowComplaints;
    change(part: Partial<ScheduleRow>): void;
    /** When something was chosen, or typing is over. */
    done(): void;
    /** Undefined for the first line. */
    readonly up?: () => void;
    remove(): void;
}

function ScheduleLine(props: LineProps): React.ReactElement {
    const { number, row, complaints } = props;
    const text = (field: Exclude<keyof ScheduleRow, 'days'>, label: string): React.ReactElement => (
        <td>
            <input
                className={`theia-input ${field === 'from' || field === 'to' ? 'time' : 'number'}`}
                aria-label={`${label}, line ${number}`}
                aria-invalid={complaints[field] !== undefined}
                title={complaints[field]}
                value={row[field]}
                spellCheck={false}
                onChange={event => props.change({ [field]: event.currentTarget.value })}
                onBlur={() => props.done()}
                onKeyDown={event => event.key === 'Enter' && props.done()}
            />
        </td>
    );
    return (
        <tr>
            <th scope="row">
                <span className={`connect-schedule-key rule-${(number - 1) % 6}`}>{number}</span>
            </th>
            <td>
                <div className="connect-schedule-days" role="group" aria-label={`Days, line ${number}`}>
                    {WEEK.map(day => (
                        <label key={day}>
                            <input
                                type="checkbox"
                                className="theia-input"
                                checked={row.days.includes(day)}
                                aria-invalid={complaints.days !== undefined}
                                onChange={event => {
                                    const isIn = event.currentTarget.checked;
                                    props.change({
                                        days: WEEK.filter(each =>
                                            each === day ? isIn : row.days.includes(each)
                                        )
                                    });
                                    props.done();
                                }}
                            />
                            {dayName(day)}
                        </label>
                    ))}
                </div>
            </td>
            {text('from', 'From')}
            {text('to', 'To')}
            {LIMIT_FIELDS.map(field => (
                <React.Fragment key={field}>{text(field, LIMIT_NAMES[field])}</React.Fragment>
            ))}
            <td className="connect-schedule-actions">
                <button
                    type="button"
                    className="connect-preferences-reset codicon codicon-arrow-up"
                    title="Move up"
                    aria-label={`Move line ${number} up`}
                    disabled={props.up === undefined}
                    onClick={() => props.up?.()}
                />
                <button
                    type="button"
                    className="connect-preferences-reset codicon codicon-trash"
                    title="Remove"
                    aria-label={`Remove line ${number}`}
                    onClick={() => props.remove()}
                />
            </td>
        </tr>
    );
}

/** The first thing that is wrong with each line. */
function complaintText(complaints: readonly RowComplaints[]): string {
    return complaints
        .flatMap((each, at) => {
            const [first] = Object.values(each);
            return first === undefined ? [] : [`Line ${at + 1}: ${first}`];
        })
        .join(' ');
}
