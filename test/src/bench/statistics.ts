/** Median, smallest and largest of some measurements. */
export interface Spread {
    readonly median: number;
    readonly min: number;
    readonly max: number;
    readonly count: number;
}

/** Undefined without values. The median of an even number of values is the mean of the middle two. */
export function spread(values: readonly number[]): Spread | undefined {
    if (values.length === 0) {
        return undefined;
    }
    const sorted = [...values].sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return { median, min: sorted[0], max: sorted[sorted.length - 1], count: sorted.length };
}

/**
 * How evenly shares are spread: 1 = all equal, 1/n = one has all. R. Jain, D. Chiu, W. Hawe, "A Quantitative Measure
 * of Fairness", DEC TR-301, 1984.
 */
export function jainIndex(shares: readonly number[]): number {
    const sum = shares.reduce((total, share) => total + share, 0);
    const squares = shares.reduce((total, share) => total + share * share, 0);
    return squares === 0 ? 1 : (sum * sum) / (shares.length * squares);
}

/** A counter that only grows, at one moment. */
export interface CounterSample {
    readonly atMs: number;
    readonly bytes: number;
}

/** The counter at `atMs`, between two samples on the straight line; at the ends the first or last value. */
export function counterAt(samples: readonly CounterSample[], atMs: number): number {
    const after = samples.findIndex(sample => sample.atMs >= atMs);
    if (after <= 0) {
        return (after === 0 ? samples[0]?.bytes : samples[samples.length - 1]?.bytes) ?? 0;
    }
    const [from, to] = [samples[after - 1], samples[after]];
    return from.bytes + ((to.bytes - from.bytes) * (atMs - from.atMs)) / (to.atMs - from.atMs);
}

/** Bits per second between two moments. */
export function rateBps(samples: readonly CounterSample[], fromMs: number, toMs: number): number {
    return ((counterAt(samples, toMs) - counterAt(samples, fromMs)) * 8000) / (toMs - fromMs);
}

/** Largest distance from `targetBps`, as a share of it, of the rate over any window of `windowMs` in [from, to]. */
export function worstDeviation(
    samples: readonly CounterSample[],
    span: { readonly fromMs: number; readonly toMs: number },
    windowMs: number,
    targetBps: number
): number | undefined {
    const starts = samples
        .map(sample => sample.atMs)
        .filter(atMs => atMs >= span.fromMs && atMs + windowMs <= span.toMs);
    const deviations = starts.map(atMs => Math.abs(rateBps(samples, atMs, atMs + windowMs) / targetBps - 1));
    return deviations.length > 0 ? Math.max(...deviations) : undefined;
}

/** How long after `fromMs` the rate over every following window stays within `tolerance` of the target. */
export function settlingMs(
    samples: readonly CounterSample[],
    span: { readonly fromMs: number; readonly toMs: number },
    windowMs: number,
    target: { readonly rateBps: number; readonly tolerance: number }
): number | undefined {
    const starts = samples
        .map(sample => sample.atMs)
        .filter(atMs => atMs >= span.fromMs && atMs + windowMs <= span.toMs);
    const isOff = (atMs: number): boolean =>
        Math.abs(rateBps(samples, atMs, atMs + windowMs) / target.rateBps - 1) > target.tolerance;
    const lastOff = starts.map(isOff).lastIndexOf(true);
    const settled = starts[lastOff + 1];
    return settled === undefined ? undefined : settled - span.fromMs;
}
