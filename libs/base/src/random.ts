/** Where randomness that is not secret comes from; secrets come from `node:crypto`. */
export interface Random {
    /** Uniform integer in [0, 2³²). */
    nextUint32(): number;
    /** Uniform in [0, 1). */
    nextFloat(): number;
}

/** Deterministic generator for simulations and tests: the same seed gives the same run. Algorithm: mulberry32. */
export function seededRandom(seed: number): Random {
    let state = seed >>> 0;
    const nextUint32 = (): number => {
        state = (state + 0x6d2b79f5) >>> 0;
        let mixed = state;
        mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
        mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
        return (mixed ^ (mixed >>> 14)) >>> 0;
    };
    return { nextUint32, nextFloat: () => nextUint32() / 2 ** 32 };
}
