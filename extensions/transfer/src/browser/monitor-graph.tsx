import { formatRate } from '@connect/base';
import * as React from '@theia/core/shared/react';
import type { MonitorEvent } from '../common/monitor-protocol';
import { CHART_PADDING, EVENT_MARKS, type Chart, type ChartData, type ChartFactory } from './monitor-chart';

/** Props of {@link MonitorGraph}. */
export interface GraphProps {
    readonly data: ChartData;
    readonly createChart: ChartFactory;
    /** Changes when colours must be read anew. */
    readonly theme: string;
    /** Height in pixels. */
    readonly height: number;
    /** Described for those who do not see it. */
    readonly label: string;
    /** Stand beside the plot, at the heights of their rates. */
    readonly children: React.ReactNode;
}

interface GraphState {
    readonly hovered: number | undefined;
}

/** With reduced motion the graph moves once in this time instead of all the time. */
const CALM_MS = 1_000;
/** Events this near to the pointer are told, as a share of what is in sight. */
const NEAR_SHARE = 0.012;

/** The graph of a monitor: canvas, legend, and what the pointer is at. */
export class MonitorGraph extends React.Component<GraphProps, GraphState> {
    override state: GraphState = { hovered: undefined };
    private readonly host = React.createRef<HTMLDivElement>();
    private chart: Chart | undefined;
    private observer: ResizeObserver | undefined;
    private making = 0;
    private shownMs = -Infinity;
    private later: number | undefined;

    override componentDidMount(): void {
        if (typeof ResizeObserver === 'undefined') {
            void this.make();
            return;
        }
        // before it is in the page it has no size, and its style has no colours
        this.observer = new ResizeObserver(() => {
            if (this.making === 0) {
                void this.make();
            } else {
                this.fit();
            }
        });
        this.observer.observe(this.host.current!);
    }

    override componentDidUpdate(before: GraphProps): void {
        if (before.theme !== this.props.theme) {
            void this.make();
            return;
        }
        if (before.height !== this.props.height) {
            this.fit();
        }
        if (before.data !== this.props.data) {
            this.show();
        }
    }

    override componentWillUnmount(): void {
        this.making += 1;
        this.observer?.disconnect();
        this.chart?.dispose();
        window.clearTimeout(this.later);
    }

    override render(): React.ReactNode {
        const { height, label, children } = this.props;
        return (
            <div className="connect-monitor-graph">
                <div className="connect-monitor-plot-row" style={{ height }}>
                    <div ref={this.host} className="connect-monitor-plot" role="img" aria-label={label} />
                    <div className="connect-monitor-handles">{children}</div>
                </div>
                <div className="connect-monitor-legend" aria-hidden="true">
                    {LEGEND.map(([name, text]) => (
                        <span key={name} className={`connect-monitor-key key-${name}`}>
                            {text}
                        </span>
                    ))}
                    <span className="connect-monitor-readout">{this.readout()}</span>
                </div>
            </div>
        );
    }

    private get size(): { width: number; height: number } {
        return { width: Math.max(160, this.host.current?.clientWidth ?? 0), height: this.props.height };
    }

    private async make(): Promise<void> {
        const turn = ++this.making;
        const host = this.host.current!;
        const chart = await this.props.createChart(host, this.size, hovered => {
            if (hovered !== this.state.hovered) {
                this.setState({ hovered });
            }
        });
        if (turn !== this.making) {
            chart.dispose();
            return;
        }
        this.chart?.dispose();
        this.chart = chart;
        this.fit();
        chart.show(this.props.data);
    }

    private fit(): void {
        const { width, height } = this.size;
        this.chart?.resize(width, height);
    }

    private show(): void {
        const calm =
            typeof matchMedia === 'function' && matchMedia('(prefers-reduced-motion: reduce)').matches;
        const waitMs = calm ? this.shownMs + CALM_MS - performance.now() : 0;
        if (waitMs <= 0) {
            this.shownMs = performance.now();
            this.chart?.show(this.props.data);
        } else {
            window.clearTimeout(this.later);
            this.later = window.setTimeout(() => this.show(), waitMs);
        }
    }

    /** What the pointer is at; else the marks that are in sight, explained. */
    private readout(): string {
        const { series, events, range } = this.props.data;
        const { hovered } = this.state;
        const time = hovered === undefined ? undefined : series.timesSec[hovered];
        if (hovered === undefined || time === undefined) {
            return marksText(events.filter(({ atMs }) => atMs >= range.fromMs && atMs <= range.toMs));
        }
        const near = (range.toMs - range.fromMs) * NEAR_SHARE;
        const happened = events.filter(({ atMs }) => Math.abs(atMs - time * 1000) <= near);
        const figure = (name: string, value: number | null | undefined): string[] =>
            value === null || value === undefined ? [] : [`${name} ${formatRate(value)}`];
        return [
            new Date(time * 1000).toLocaleTimeString(),
            ...figure('now', series.current[hovered]),
            ...figure('average', series.average[hovered]),
            ...figure('target', series.target[hovered]),
            ...happened.map(({ kind, text }) => `${EVENT_MARKS[kind]} ${text}`)
        ].join(' · ');
    }
}

const LEGEND: ReadonlyArray<readonly [string, string]> = [
    ['current', 'Now'],
    ['average', 'Average'],
    ['target', 'Target'],
    ['minimum', 'Minimum']
];

const MARK_NAMES: Readonly<Record<MonitorEvent['kind'], string>> = {
    start: 'started',
    stop: 'stopped',
    retry: 'retry',
    rate: 'rate changed',
    path: 'path',
    fail: 'failed',
    complete: 'completed'
};

function marksText(events: readonly MonitorEvent[]): string {
    const kinds = [...new Set(events.map(({ kind }) => kind))];
    return kinds.map(kind => `${EVENT_MARKS[kind]} ${MARK_NAMES[kind]}`).join('   ');
}

/** Distance of a rate from the top of the plot row, pixels. */
export function topOf(rateBps: number, ceilingBps: number, height: number): number {
    const plot = height - CHART_PADDING.top - CHART_PADDING.bottom;
    const share = Math.max(0, Math.min(1, rateBps / ceilingBps));
    return CHART_PADDING.top + (1 - share) * plot;
}

/** The rate at a distance from the top of the plot row; above the plot it goes on. */
export function rateAt(top: number, ceilingBps: number, height: number): number {
    const plot = height - CHART_PADDING.top - CHART_PADDING.bottom;
    return Math.max(0, (1 - (top - CHART_PADDING.top) / plot) * ceilingBps);
}
