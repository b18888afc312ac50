import type { WireError } from '@connect/base';
import {
    STAGE_IDS,
    stageOfError,
    STAGE_TITLES,
    type Observation,
    type StageId,
    type StageState
} from './stages';

/** One line of an explanation. */
export interface StageRow {
    readonly id: StageId;
    readonly title: string;
    readonly state: StageState;
    readonly evidence: readonly string[];
    readonly error?: WireError;
}

/** What a run came to, as its rows are drawn. */
export interface RunFindings {
    readonly observations: readonly Observation[];
    /** What ended it. */
    readonly failure?: WireError;
    /** It did all that it was to do. */
    readonly isComplete: boolean;
}

/** Stages that are drawn only when something is known of them. */
const OPTIONAL: ReadonlySet<StageId> = new Set(['proxy']);

/**
 * Every stage of a run. What was not recorded follows from what was: stages before the one that failed were passed, later
 * ones were not reached. HTTPS is a way round UDP, so neither follows from the other.
 */
export function rowsOfRun({ observations, failure, isComplete }: RunFindings): StageRow[] {
    const known = new Map(observations.map(each => [each.stage, each]));
    const failed = failure && stageOfError(failure.code);
    const place = (id: StageId): number => STAGE_IDS.indexOf(id);
    const reached = isComplete
        ? STAGE_IDS.length
        : failed === undefined
          ? Math.max(
                -1,
                ...observations.filter(({ state }) => state === 'ok').map(({ stage }) => place(stage))
            )
          : place(failed);
    return STAGE_IDS.filter(id => known.has(id) || !OPTIONAL.has(id)).map(id => {
        const seen = known.get(id);
        if (failure && id === failed) {
            const said =
                seen?.state === 'failed' ? seen.evidence : [failure.message, ...(seen?.evidence ?? [])];
            return row(id, 'failed', said, failure);
        }
        if (seen) {
            return row(id, seen.state, seen.evidence, seen.error);
        }
        return id === 'https' || id === 'udp'
            ? dataPathRow(id, known, place(id) < reached || isComplete)
            : inferredRow(id, place(id), reached, failed);
    });
}

function inferredRow(id: StageId, at: number, reached: number, failed: StageId | undefined): StageRow {
    if (at < reached) {
        return row(id, 'ok', ['Passed: the run came further than this']);
    }
    return failed === undefined
        ? row(id, 'not-tested', ['Nothing was recorded'])
        : row(id, 'not-reached', [`Not reached: “${STAGE_TITLES[failed]}” comes before`]);
}

/** One of the two ways that data may take. */
function dataPathRow(
    id: 'udp' | 'https',
    known: ReadonlyMap<StageId, Observation>,
    isPassed: boolean
): StageRow {
    const other = id === 'udp' ? 'https' : 'udp';
    if (known.get(other)?.state === 'ok') {
        return row(id, 'not-tested', [
            id === 'https' ? 'Not needed: UDP was used' : 'Not used: the run went over HTTPS'
        ]);
    }
    if (id === 'https') {
        return row(id, 'not-tested', ['Not tried by this run']);
    }
    return isPassed
        ? row(id, 'not-tested', ['Nothing was recorded'])
        : row(id, 'not-reached', ['Not reached: no session was begun']);
}

function row(id: StageId, state: StageState, evidence: readonly string[], error?: WireError): StageRow {
    return { id, title: STAGE_TITLES[id], state, evidence, ...(error ? { error } : {}) };
}
