import * as React from '@theia/core/shared/react';
import { flushSync } from '@theia/core/shared/react-dom';
import { elideName, elidePath, elidePlaces, type MeasureText } from '../common/path-text';

/** A path on one line, without its middle where there is no room for it. */
export function CutPath({ text }: { readonly text: string }): React.ReactElement {
    return <Cut text={text} fit={(room, measure) => elidePath(text, room, measure)} />;
}

/** A file name on one line, without its middle where there is no room for it. */
export function CutName({ text }: { readonly text: string }): React.ReactElement {
    return <Cut text={text} fit={(room, measure) => elideName(text, room, measure)} />;
}

/** Where a transfer comes from and goes to, on one line. */
export function CutPlaces({ from, to }: { readonly from: string; readonly to: string }): React.ReactElement {
    return <Cut text={`${from} → ${to}`} fit={(room, measure) => elidePlaces(from, to, room, measure)} />;
}

/** Room of an element, in px, and its font. */
interface Room {
    readonly width: number;
    readonly font: string;
}

/** Eyes get what fits; the title of what is around it, and screen readers, have all of it. */
function Cut(props: {
    readonly text: string;
    fit(room: number, measure: MeasureText): string;
}): React.ReactElement {
    const root = React.useRef<HTMLSpanElement>(null);
    const [room, setRoom] = React.useState<Room>({ width: 0, font: '' });
    React.useLayoutEffect(() => watchRoom(root.current!, setRoom), []);
    const { text, fit } = props;
    const shown = React.useMemo(
        () => (room.width > 0 ? fit(room.width, measureIn(room.font)) : text),
        [text, room]
    );
    return (
        <span ref={root} className="connect-cut">
            <span aria-hidden={shown === text ? undefined : true}>{shown}</span>
            {shown !== text && <span className="connect-transfer-hidden">{text}</span>}
        </span>
    );
}

const watchers = new WeakMap<Element, (room: Room) => void>();
let observer: ResizeObserver | undefined;

/**
 * Tells the room of an element now and whenever it changes, before it is painted. One observer for all: it hears of them
 * when the layout is done, where asking each would cost a layout for each.
 */
function watchRoom(element: Element, onRoom: (room: Room) => void): (() => void) | undefined {
    if (typeof ResizeObserver === 'undefined') {
        return undefined;
    }
    observer ??= new ResizeObserver(entries =>
        flushSync(() =>
            entries.forEach(({ target, contentRect: { width } }) =>
                watchers.get(target)?.({ width, font: getComputedStyle(target).font })
            )
        )
    );
    watchers.set(element, onRoom);
    observer.observe(element);
    return () => observer?.unobserve(element);
}

let pen: CanvasRenderingContext2D | undefined;

function measureIn(font: string): MeasureText {
    pen ??= document.createElement('canvas').getContext('2d')!;
    pen.font = font;
    const context = pen;
    return text => context.measureText(text).width;
}
