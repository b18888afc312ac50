/** What one transfer wants of a limit that it shares. Bits per second; `0 ≤ minBps ≤ targetBps`. */
export interface RateDemand {
    readonly id: string;
    readonly targetBps: number;
    readonly minBps: number;
}

/**
 * Shares a limit out, in whole bits per second, max-min fair: nobody gets more than its target, nobody less than its
 * minimum where the limit allows all minima, and beyond that only those who want less get less than others. When the
 * minima alone are above the limit, they are what is shared fairly. The limit is used up unless all targets are met.
 * @param limitBps ≥ 0; undefined for none
 */
export function allocateBandwidth(
    demands: readonly RateDemand[],
    limitBps: number | undefined
): Map<string, number> {
    const targets = demands.map(each => Math.floor(each.targetBps));
    const limit = limitBps === undefined ? Infinity : Math.floor(limitBps);
    if (sum(targets) <= limit) {
        return new Map(demands.map((each, i) => [each.id, targets[i]]));
    }
    const minima = demands.map((each, i) => Math.min(targets[i], Math.ceil(each.minBps)));
    const shares =
        sum(minima) > limit
            ? fill(
                  demands.map(() => 0),
                  minima,
                  limit
              )
            : fill(minima, targets, limit);
    return new Map(demands.map((each, i) => [each.id, shares[i]]));
}

/**
 * Raises one water level for all: each gets the level, but no less than its floor and no more than its cap. Whole
 * numbers that add up to `total`, which lies between the sum of the floors and the sum of the caps.
 */
function fill(floors: readonly number[], caps: readonly number[], total: number): number[] {
    const at = (level: number): number[] => caps.map((cap, i) => Math.min(cap, Math.max(floors[i], level)));
    let low = 0;
    let high = Math.max(0, ...caps);
    while (low < high) {
        const middle = Math.ceil((low + high) / 2);
        if (sum(at(middle)) <= total) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    const shares = at(low);
    // one level higher would be too much: what is left goes to some of those who would rise with it, a bit each
    let left = total - sum(shares);
    return shares.map((share, i) => {
        const rises = left > 0 && share < Math.min(caps[i], Math.max(floors[i], low + 1));
        left -= rises ? 1 : 0;
        return rises ? share + 1 : share;
    });
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, each) => total + each, 0);
}
