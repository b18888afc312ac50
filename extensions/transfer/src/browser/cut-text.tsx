import * as React from '@theia/core/shared/react';
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

function watchRoom(element: HTMLElement, onRoom: (room: Room) => void): (() => void) | undefined {
    const look = (): void =>
        onRoom({ width: element.getBoundingClientRect().width, font: getComputedStyle(element).font });
    look();
    if (typeof ResizeObserver === 'undefined') {
        return undefined;
    }
    const observer = new ResizeObserver(look);
    observer.observe(element);
    return () => observer.disconnect();
}

let pen: CanvasRenderingContext2D | undefined;

function measureIn(font: string): MeasureText {
    pen ??= document.createElement('canvas').getContext('2d')!;
    pen.font = font;
    const context = pen;
    return text => context.measureText(text).width;
}
