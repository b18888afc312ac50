/** Which rows are chosen and which one has the focus. `anchor` is where a range began. */
export interface RowSelection {
    readonly focused?: string;
    readonly anchor?: string;
    readonly selected: ReadonlySet<string>;
}

export const NO_ROWS: RowSelection = { selected: new Set() };

/** How a click or a key changes the choice: by itself, added to it, or everything up to the anchor. */
export type SelectMode = 'only' | 'toggle' | 'range';

/** Chooses `id`, which is one of `ids`. */
export function selectRow(
    ids: readonly string[],
    selection: RowSelection,
    id: string,
    mode: SelectMode
): RowSelection {
    if (mode === 'toggle') {
        const selected = new Set(selection.selected);
        if (!selected.delete(id)) {
            selected.add(id);
        }
        return { focused: id, anchor: id, selected };
    }
    if (mode === 'range' && selection.anchor !== undefined) {
        const from = ids.indexOf(selection.anchor);
        const to = ids.indexOf(id);
        const selected = new Set(ids.slice(Math.min(from, to), Math.max(from, to) + 1));
        return { focused: id, anchor: selection.anchor, selected };
    }
    return { focused: id, anchor: id, selected: new Set([id]) };
}

/** Moves the focus by `delta` rows, to the ends at most; without a focus to the first row. */
export function moveFocus(
    ids: readonly string[],
    selection: RowSelection,
    delta: number,
    extend: boolean
): RowSelection {
    if (ids.length === 0) {
        return NO_ROWS;
    }
    const at = selection.focused === undefined ? -1 : ids.indexOf(selection.focused);
    const next = at < 0 ? 0 : Math.max(0, Math.min(ids.length - 1, at + delta));
    return selectRow(ids, selection, ids[next], extend ? 'range' : 'only');
}

export function selectAll(ids: readonly string[], selection: RowSelection): RowSelection {
    return { ...selection, selected: new Set(ids) };
}

/** After rows have gone: the focus goes to the row that took the place of the lost one. */
export function pruneRows(
    before: readonly string[],
    ids: readonly string[],
    selection: RowSelection
): RowSelection {
    const present = new Set(ids);
    const kept = [...selection.selected].filter(id => present.has(id));
    const { focused, anchor } = selection;
    if (focused === undefined || present.has(focused)) {
        const stays =
            kept.length === selection.selected.size && (anchor === undefined || present.has(anchor));
        return stays ? selection : { focused, anchor: focused, selected: new Set(kept) };
    }
    if (ids.length === 0) {
        return NO_ROWS;
    }
    const neighbour = ids[Math.min(ids.length - 1, Math.max(0, before.indexOf(focused)))];
    return { focused: neighbour, anchor: neighbour, selected: new Set(kept.length > 0 ? kept : [neighbour]) };
}

/** Rows to draw: those in sight and some around them. Heights in pixels; `end` is exclusive. */
export function visibleRows(
    scrollTop: number,
    height: number,
    rowHeight: number,
    count: number
): { readonly start: number; readonly end: number } {
    const around = 6;
    const first = Math.floor(Math.max(0, scrollTop) / rowHeight) - around;
    const last = Math.ceil((Math.max(0, scrollTop) + height) / rowHeight) + around;
    const end = Math.min(count, last);
    return { start: Math.max(0, Math.min(first, end)), end };
}
