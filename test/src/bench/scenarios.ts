import { OurChoice } from './runs/our-run';

/** One file over the emulated link. */
export interface CellScenario {
    readonly rttMs: number;
    readonly lossPercent: number;
    readonly policy: 'fixed' | 'fair';
    readonly sizeBytes: number;
    readonly ourRounds: number;
    /** 0: ours alone. */
    readonly peerRounds: number;
    readonly limitMs: number;
    readonly hopeAfterMs: number;
    readonly hopeFactor: number;
}

/** Many files, over the emulated link or (without `rttMs`) over loopback. */
export interface TreeScenario {
    readonly rttMs?: number;
    readonly files: number;
    readonly fileBytes: number;
    readonly ourRounds: number;
    readonly peerRounds: number;
    readonly limitMs: number;
    readonly hopeAfterMs: number;
    readonly hopeFactor: number;
}

/** One file over a path without cap. */
export interface CleanScenario {
    readonly path: 'veth' | 'loopback';
    readonly sizeBytes: number;
    readonly ourRounds: number;
    readonly peerRounds: number;
    readonly limitMs: number;
}

/** Ours and a TCP flow, or two of ours, on one link. */
export interface SharingScenario {
    readonly policy: 'fair' | 'low';
    readonly against: 'cubic' | 'bbr' | 'ours' | 'nobody';
    readonly queueBdp: number;
    readonly first: 'ours' | 'other';
    readonly durationMs: number;
}

export interface Plan {
    readonly kind: 'whole' | 'quick';
    /** When this is over nothing new is begun; what was left out is told. */
    readonly budgetMs: number;
    readonly maxRepeats: number;
    readonly cells: readonly CellScenario[];
    readonly clean: readonly CleanScenario[];
    readonly trees: readonly TreeScenario[];
    readonly sharing: readonly SharingScenario[];
    readonly accuracy: { readonly rttMs: number; readonly lossPercent: number; readonly seconds: number }[];
    readonly memoryBytes: number;
    /** Size of the file with holes. */
    readonly sparseBytes: number;
}

export const LINK_BPS = 300e6;
export const LINK_QUEUE_BYTES = 2e6;
export const SHARED_LINK_BPS = 100e6;
export const SHARED_RTT_MS = 40;

/** High: whatever the path and both ends can take. */
export const UNCAPPED: OurChoice = { policy: 'high', targetBps: 20e9 };

const MINUTE_MS = 60_000;
const RTTS_MS = [20, 100, 200];
/** Where peers are measured too. */
const PEER_CELLS = ['20/1', '100/0', '100/1', '100/5', '200/1', '200/5'];

const cell = (
    rttMs: number,
    lossPercent: number,
    more: Partial<CellScenario> & Pick<CellScenario, 'sizeBytes'>
): CellScenario => ({
    rttMs,
    lossPercent,
    policy: 'fixed',
    ourRounds: 5,
    peerRounds: 0,
    limitMs: 60_000,
    hopeAfterMs: 10_000,
    hopeFactor: 3,
    ...more
});

const peerCells = (sizeBytes: number, more: Partial<CellScenario>): CellScenario[] =>
    PEER_CELLS.map(name => name.split('/').map(Number)).map(([rttMs, lossPercent]) =>
        cell(rttMs, lossPercent, { sizeBytes, ...more })
    );

const otherCells = (sizeBytes: number): CellScenario[] =>
    RTTS_MS.flatMap(rttMs => [0, 0.1, 1, 5, 10].map(loss => cell(rttMs, loss, { sizeBytes }))).filter(
        ({ rttMs, lossPercent }) => !PEER_CELLS.includes(`${rttMs}/${lossPercent}`)
    );

const fairCells = (sizeBytes: number): CellScenario[] =>
    RTTS_MS.flatMap(rttMs => [0, 0.1, 1, 5].map(loss => cell(rttMs, loss, { sizeBytes, policy: 'fair' })));

const sharing = (queues: readonly number[], durationMs: number): SharingScenario[] => [
    ...queues.flatMap(queueBdp =>
        (['cubic', 'bbr', 'ours'] as const).flatMap(against =>
            (against === 'ours' ? (['ours'] as const) : (['ours', 'other'] as const)).map(first => ({
                policy: 'fair' as const,
                against,
                queueBdp,
                first,
                durationMs
            }))
        )
    ),
    ...(['cubic', 'bbr', 'nobody'] as const).map(against => ({
        policy: 'low' as const,
        against,
        queueBdp: 1,
        first: 'other' as const,
        durationMs: durationMs / 2
    }))
];

const tree = (more: Partial<TreeScenario>): TreeScenario => ({
    files: 10_000,
    fileBytes: 4096,
    ourRounds: 5,
    peerRounds: 3,
    limitMs: 60_000,
    hopeAfterMs: 15_000,
    hopeFactor: 3,
    ...more
});

/** Everything; under two hours on two cores. */
export const WHOLE: Plan = {
    kind: 'whole',
    budgetMs: 115 * MINUTE_MS,
    maxRepeats: 2,
    cells: [
        ...peerCells(500e6, { peerRounds: 3, limitMs: 20_000, hopeAfterMs: 6_000, hopeFactor: 1.5 }),
        ...otherCells(500e6),
        ...fairCells(500e6)
    ],
    clean: [
        { path: 'veth', sizeBytes: 1e9, ourRounds: 5, peerRounds: 3, limitMs: 60_000 },
        { path: 'loopback', sizeBytes: 1e9, ourRounds: 5, peerRounds: 3, limitMs: 60_000 }
    ],
    trees: [
        tree({ rttMs: 1 }),
        tree({ rttMs: 100 }),
        tree({
            ...{ rttMs: 20, files: 100_000, ourRounds: 3, peerRounds: 1 },
            ...{ limitMs: 10 * MINUTE_MS, hopeAfterMs: MINUTE_MS, hopeFactor: 1 }
        }),
        tree({
            ...{ files: 1_000_000, fileBytes: 0, ourRounds: 1, peerRounds: 1 },
            ...{ limitMs: 4 * MINUTE_MS, hopeAfterMs: MINUTE_MS, hopeFactor: 1 }
        })
    ],
    sharing: sharing([0.25, 1, 4], 60_000),
    accuracy: [
        { rttMs: 20, lossPercent: 0, seconds: 10 },
        { rttMs: 100, lossPercent: 1, seconds: 10 }
    ],
    memoryBytes: 4e9,
    sparseBytes: 100e9
};

/** A look at each kind of measurement; under eight minutes. */
export const QUICK: Plan = {
    kind: 'quick',
    budgetMs: 7 * MINUTE_MS,
    maxRepeats: 1,
    cells: [
        ...[
            [100, 0],
            [100, 1],
            [200, 5]
        ].map(([rttMs, lossPercent]) =>
            cell(rttMs, lossPercent, {
                ...{ sizeBytes: 100e6, ourRounds: 3, peerRounds: 1 },
                ...{ limitMs: 12_000, hopeAfterMs: 6_000 }
            })
        ),
        cell(100, 1, { sizeBytes: 100e6, policy: 'fair', ourRounds: 1 })
    ],
    clean: [
        { path: 'veth', sizeBytes: 200e6, ourRounds: 1, peerRounds: 1, limitMs: 20_000 },
        { path: 'loopback', sizeBytes: 200e6, ourRounds: 1, peerRounds: 1, limitMs: 20_000 }
    ],
    trees: [
        tree({
            ...{ rttMs: 100, files: 2000, ourRounds: 1, peerRounds: 1 },
            ...{ limitMs: 15_000, hopeAfterMs: 5000 }
        })
    ],
    sharing: [{ policy: 'fair', against: 'bbr', queueBdp: 1, first: 'ours', durationMs: 15_000 }],
    accuracy: [{ rttMs: 100, lossPercent: 1, seconds: 5 }],
    memoryBytes: 500e6,
    sparseBytes: 10e9
};
