/** Settings of transfers by several processes at once. */
export interface MultiSessionConfiguration {
    'connect.transfers.multiSession.enabled': boolean;
    'connect.transfers.multiSession.sessions': number;
    'connect.transfers.multiSession.threshold': number;
    'connect.transfers.multiSession.splitLargerThan': number;
    'connect.transfers.multiSession.startupInterval': number;
}

/** How one transfer is divided. */
export interface SessionPlan {
    /** 2 or more. */
    readonly sessions: number;
    /** Files of this size and more are split. */
    readonly splitBytes: number;
    readonly startupIntervalSec: number;
}

const MAX_SESSIONS = 100;

/**
 * Whether a transfer is worth several sessions; undefined for one.
 * @param targetBps rate that it aims at when it starts
 */
export function sessionPlan(
    values: Readonly<Partial<MultiSessionConfiguration>>,
    targetBps: number
): SessionPlan | undefined {
    const sessions = atLeast(values['connect.transfers.multiSession.sessions'], 1, 3);
    const thresholdBps = atLeast(values['connect.transfers.multiSession.threshold'], 0, 700) * 1e6;
    if (
        values['connect.transfers.multiSession.enabled'] !== true ||
        sessions < 2 ||
        targetBps < thresholdBps
    ) {
        return undefined;
    }
    return {
        sessions: Math.min(MAX_SESSIONS, Math.floor(sessions)),
        splitBytes: Math.round(
            atLeast(values['connect.transfers.multiSession.splitLargerThan'], 0, 60) * 1e6
        ),
        startupIntervalSec: atLeast(values['connect.transfers.multiSession.startupInterval'], 0, 1)
    };
}

function atLeast(value: unknown, least: number, fallback: number): number {
    return typeof value === 'number' && Number.isFinite(value) ? Math.max(least, value) : fallback;
}
