import { formatRate } from '@connect/base';
import * as React from '@theia/core/shared/react';
import {
    moveRate,
    rangeOf,
    withRate,
    type RateChoice,
    type RateHandle,
    type RateMove
} from '../common/rate-steps';
import type { RateLocks } from '../common/rate-locks';
import { rateAt, topOf } from './monitor-graph';

/** Props of {@link MonitorHandles}. */
export interface HandlesProps {
    readonly choice: RateChoice;
    readonly locks: RateLocks;
    /** Nothing can be set: the job is over. */
    readonly disabled: boolean;
    readonly ceilingBps: number;
    readonly height: number;
    readonly descriptionId: string;
    /** Called for every step of a drag. */
    onChange(choice: RateChoice): void;
}

const MOVES: Readonly<Record<string, RateMove>> = {
    ArrowUp: 'up',
    ArrowRight: 'up',
    ArrowDown: 'down',
    ArrowLeft: 'down',
    PageUp: 'page-up',
    PageDown: 'page-down',
    Home: 'least',
    End: 'most'
};

/** Height of a handle and room between two of them, pixels. */
const APART = 26;

/** The two sliders beside the plot, at the heights of the rates that they set. */
export function MonitorHandles(props: HandlesProps): React.ReactElement {
    const { choice, ceilingBps, height } = props;
    const lowest = height - APART;
    const target = Math.min(topOf(choice.targetBps, ceilingBps, height), lowest - APART);
    const minimum = Math.max(target + APART, Math.min(topOf(choice.minBps, ceilingBps, height), lowest));
    return (
        <>
            <Handle {...props} handle="target" name="Target rate" short="Target" top={target} />
            <Handle {...props} handle="minimum" name="Minimum rate" short="Min" top={minimum} />
        </>
    );
}

interface HandleProps extends HandlesProps {
    readonly handle: RateHandle;
    readonly name: string;
    readonly short: string;
    readonly top: number;
}

function Handle(props: HandleProps): React.ReactElement {
    const { handle, choice, locks } = props;
    const reason = handle === 'target' ? locks.target : undefined;
    const off = props.disabled || reason !== undefined;
    const valueBps = handle === 'target' ? choice.targetBps : choice.minBps;
    const range = rangeOf(handle, choice, locks);
    const set = (next: number): void => props.onChange(withRate(handle, next, choice, locks));
    const drag = useDrag(props, valueBps, off, set);
    const onKeyDown = (event: React.KeyboardEvent): void => {
        const move = MOVES[event.key];
        if (move && !off && !event.ctrlKey && !event.metaKey && !event.altKey) {
            event.preventDefault();
            event.stopPropagation();
            set(moveRate(valueBps, move, range));
        }
    };
    return (
        <div
            className={`connect-monitor-handle handle-${handle} ${off ? 'off' : ''}`}
            role="slider"
            tabIndex={0}
            aria-label={props.name}
            aria-orientation="vertical"
            aria-valuemin={range.leastBps}
            aria-valuemax={range.mostBps}
            aria-valuenow={valueBps}
            aria-valuetext={formatRate(valueBps)}
            aria-disabled={off}
            aria-describedby={props.descriptionId}
            title={reason ?? `${props.name}: drag, or use the arrow and page keys`}
            style={{ top: props.top }}
            onKeyDown={onKeyDown}
            {...drag}
        >
            {reason !== undefined && <span className="codicon codicon-lock" aria-hidden="true" />}
            <span className="connect-monitor-handle-name">{props.short}</span> {formatRate(valueBps)}
        </div>
    );
}

type DragHandlers = Pick<
    React.DOMAttributes<HTMLElement>,
    'onPointerDown' | 'onPointerMove' | 'onPointerUp' | 'onPointerCancel'
>;

/** Sets the rate at the height of the pointer, from where the line is: the handle itself may stand aside of it. */
function useDrag(
    { ceilingBps, height }: HandlesProps,
    valueBps: number,
    off: boolean,
    set: (rateBps: number) => void
): DragHandlers {
    // the scale must not move under the pointer
    const drag = React.useRef<{ readonly ceilingBps: number; readonly fromTop: number } | undefined>(
        undefined
    );
    const heightOf = (event: React.PointerEvent): number =>
        event.clientY - event.currentTarget.parentElement!.getBoundingClientRect().top;
    const end = (): void => {
        drag.current = undefined;
    };
    return {
        onPointerDown: event => {
            if (!off && event.button === 0) {
                drag.current = { ceilingBps, fromTop: heightOf(event) - topOf(valueBps, ceilingBps, height) };
                event.currentTarget.setPointerCapture?.(event.pointerId);
            }
        },
        onPointerMove: event => {
            if (drag.current) {
                set(rateAt(heightOf(event) - drag.current.fromTop, drag.current.ceilingBps, height));
            }
        },
        onPointerUp: end,
        onPointerCancel: end
    };
}
