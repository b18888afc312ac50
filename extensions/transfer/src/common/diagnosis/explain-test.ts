import type { LiveTest } from './diagnosis-protocol';
import type { OfferedAction } from './explain-job';
import { headlineOf, REMEDY_LABELS, remedyFor, type RemedyAction } from './remedies';
import type { StageRow } from './stage-rows';
import { STAGE_TITLES } from './stages';

/** What a test comes to. */
export interface TestVerdict {
    readonly headline: string;
    readonly details: readonly string[];
    readonly rows: readonly StageRow[];
    readonly actions: readonly OfferedAction[];
    /** Something stands in the way. */
    readonly isFailed: boolean;
}

/** What can be done without a job. */
const FOR_ACCOUNTS: ReadonlySet<RemedyAction> = new Set(['log-in', 'review-host-key', 'edit-account']);
const FOR_ALL: ReadonlySet<RemedyAction> = new Set(['network-settings', 'transfer-settings']);

/** Pure: what the panel says about a test, as far as it has come. */
export function explainTest(test: LiveTest): TestVerdict {
    const rows = test.stages.map(each => ({
        id: each.stage,
        title: STAGE_TITLES[each.stage],
        state: each.state,
        evidence: each.evidence,
        ...(each.error ? { error: each.error } : {})
    }));
    const failed = test.stages.find(({ state, error }) => state === 'failed' && error);
    if (test.endedMs === undefined) {
        return { headline: 'Testing…', details: [], rows, actions: [], isFailed: false };
    }
    if (!failed?.error) {
        const headline = test.isCancelled ? 'The test was cancelled' : 'Nothing stands in the way';
        return { headline, details: [], rows, actions: [], isFailed: false };
    }
    const { likely, help, actions } = remedyFor(failed.error.code);
    const offered = actions.filter(
        action => FOR_ALL.has(action) || (FOR_ACCOUNTS.has(action) && test.accountId !== undefined)
    );
    return {
        headline: headlineOf(failed.error.code),
        details: [
            `${STAGE_TITLES[failed.stage]}: ${failed.error.message}`,
            `Likely: ${likely}`,
            help,
            ...wayRound(test, failed.stage)
        ],
        rows,
        actions: offered.map(action => ({ action, label: REMEDY_LABELS[action] })),
        isFailed: true
    };
}

/** UDP that is dropped is no end where HTTPS answers. */
function wayRound({ stages }: LiveTest, failed: string): string[] {
    const isOpen = stages.some(({ stage, state }) => stage === 'https' && state === 'ok');
    return failed === 'udp' && isOpen ? ['HTTPS answers: transfers go on that way by themselves.'] : [];
}
