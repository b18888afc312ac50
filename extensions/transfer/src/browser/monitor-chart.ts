import { formatRate } from '@connect/base';
import type uPlot from 'uplot';
import type { MonitorEvent, MonitorEventKind } from '../common/monitor-protocol';
import type { MonitorSeries, TimeRange } from '../common/monitor-series';
import 'uplot/dist/uPlot.min.css';

/** Pixels around the plot; handles and labels outside of the canvas rely on them. */
export const CHART_PADDING = { top: 10, right: 8, bottom: 30, left: 72 } as const;

/** What the chart draws. */
export interface ChartData {
    readonly series: MonitorSeries;
    readonly events: readonly MonitorEvent[];
    readonly range: TimeRange;
    /** End of the axis of rates, bits per second. */
    readonly ceilingBps: number;
}

/** A chart in a page. */
export interface Chart {
    show(data: ChartData): void;
    /** Pixels. */
    resize(width: number, height: number): void;
    dispose(): void;
}

/**
 * Makes a chart in `host`, in the colours that its style has now. `onHover` gets the index into the series that the
 * pointer is at.
 */
export type ChartFactory = (
    host: HTMLElement,
    size: { readonly width: number; readonly height: number },
    onHover: (index: number | undefined) => void
) => Promise<Chart>;

export const ChartFactory = Symbol('ChartFactory');

/** Shapes tell events apart where colours cannot. */
export const EVENT_MARKS: Readonly<Record<MonitorEventKind, string>> = {
    start: '▶',
    stop: '■',
    retry: '●',
    rate: '▲',
    path: '◆',
    fail: '✕',
    complete: '✓'
};

/** So near to the right edge a label would not be whole. */
const EDGE_SHARE = 0.07;

interface Colors {
    readonly text: string;
    readonly grid: string;
    readonly current: string;
    readonly area: string;
    readonly average: string;
    readonly target: string;
    readonly minimum: string;
    readonly event: string;
    readonly font: string;
}

const EMPTY: ChartData = {
    series: { timesSec: [], current: [], average: [], target: [], minimum: [] },
    events: [],
    range: { fromMs: 0, toMs: 60_000 },
    ceilingBps: 1e6
};

/** The chart that the app draws with; the library is loaded when it is first needed. */
export const createChart: ChartFactory = async (host, size, onHover) => {
    const library = (await import('uplot')) as unknown as { default?: typeof uPlot };
    const Plot = library.default ?? (library as unknown as typeof uPlot);
    let data = EMPTY;
    const chart = new Plot(
        options(Plot, size, colorsOf(host), () => data, onHover),
        columns(EMPTY),
        host
    );
    return {
        show: next => {
            data = next;
            chart.setData(columns(next));
        },
        resize: (width, height) => chart.setSize({ width, height }),
        dispose: () => chart.destroy()
    };
};

function columns({ series }: ChartData): uPlot.AlignedData {
    const { timesSec, current, average, target, minimum } = series;
    return [timesSec, current, average, target, minimum].map(column => [...column]) as uPlot.AlignedData;
}

/** The canvas knows no variables of style sheets: they are read where the chart is. */
function colorsOf(host: HTMLElement): Colors {
    const style = getComputedStyle(host);
    const color = (name: string): string =>
        style.getPropertyValue(`--connect-monitor-${name}`).trim() || style.color;
    return {
        text: color('text'),
        grid: color('grid'),
        current: color('current'),
        area: color('area'),
        average: color('average'),
        target: color('target'),
        minimum: color('minimum'),
        event: color('event'),
        font: `11px ${style.fontFamily}`
    };
}

function options(
    Plot: typeof uPlot,
    size: { readonly width: number; readonly height: number },
    colors: Colors,
    data: () => ChartData,
    onHover: (index: number | undefined) => void
): uPlot.Options {
    const { top, right, bottom, left } = CHART_PADDING;
    // what is set holds until it is set anew: it does not glide there
    const paths = Plot.paths.stepped?.({ align: 1 });
    return {
        ...size,
        padding: [top, right, 0, 0],
        legend: { show: false },
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 7, width: 2 } },
        scales: {
            x: { time: true, range: () => [data().range.fromMs / 1000, data().range.toMs / 1000] },
            y: { range: () => [0, data().ceilingBps] }
        },
        axes: [
            {
                ...axis(colors),
                size: bottom,
                space: 90,
                values: (_, times) => times.map(timeText(times, data().range))
            },
            {
                ...axis(colors),
                size: left,
                space: 34,
                values: (_, rates) => rates.map(rate => (rate === 0 ? '0' : formatRate(rate)))
            }
        ],
        series: [
            {},
            { stroke: colors.current, fill: colors.area, width: 2, points: { show: false } },
            { stroke: colors.average, width: 1.5, dash: [8, 5], points: { show: false } },
            { stroke: colors.target, width: 1.5, paths, points: { show: false } },
            { stroke: colors.minimum, width: 1.5, paths, dash: [2, 4], points: { show: false } }
        ],
        hooks: {
            drawAxes: [plot => drawEvents(plot, data(), colors)],
            setCursor: [plot => onHover(plot.cursor.idx ?? undefined)]
        }
    };
}

function axis(colors: Colors): uPlot.Axis {
    const line = { stroke: colors.grid, width: 1 };
    return { stroke: colors.text, font: colors.font, grid: line, ticks: { ...line, size: 4 }, gap: 5 };
}

/** With seconds only where they differ; none at the right edge, which would cut it. */
function timeText(times: readonly number[], { fromMs, toMs }: TimeRange): (time: number) => string {
    const last = (toMs - (toMs - fromMs) * EDGE_SHARE) / 1000;
    const step = (times[1] ?? 0) - (times[0] ?? 0);
    const format: Intl.DateTimeFormatOptions = {
        hour: '2-digit',
        minute: '2-digit',
        ...(step < 60 ? { second: '2-digit' } : {})
    };
    return time => (time > last ? '' : new Date(time * 1000).toLocaleTimeString([], format));
}

/** A line down from the top for each event in sight, with its mark; marks that would touch are drawn once. */
function drawEvents(plot: uPlot, { events, range }: ChartData, colors: Colors): void {
    const { ctx, bbox } = plot;
    const ratio = devicePixelRatio || 1;
    ctx.save();
    ctx.strokeStyle = colors.event;
    ctx.fillStyle = colors.event;
    ctx.globalAlpha = 0.9;
    ctx.lineWidth = ratio;
    ctx.setLineDash([3 * ratio, 4 * ratio]);
    ctx.font = `${12 * ratio}px sans-serif`;
    ctx.textAlign = 'center';
    ctx.textBaseline = 'top';
    let free = -Infinity;
    for (const { atMs, kind } of events) {
        if (atMs < range.fromMs || atMs > range.toMs) {
            continue;
        }
        const x = Math.round(plot.valToPos(atMs / 1000, 'x', true));
        ctx.beginPath();
        ctx.moveTo(x, bbox.top + 14 * ratio);
        ctx.lineTo(x, bbox.top + bbox.height);
        ctx.stroke();
        if (x >= free) {
            ctx.fillText(EVENT_MARKS[kind], x, bbox.top);
            free = x + 12 * ratio;
        }
    }
    ctx.restore();
}
