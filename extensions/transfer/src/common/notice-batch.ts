import type { Job } from './transfer-protocol';

/** What a person wants to be told. */
export interface NoticeSwitches {
    readonly completed: boolean;
    readonly failed: boolean;
    readonly needsAnswer: boolean;
}

/** One notification. */
export interface Notice {
    readonly severity: 'info' | 'warning';
    readonly text: string;
}

type Outcome = 'completed' | 'failed' | 'needs-user';

/** Notifications name this many transfers; the rest is counted. */
const MAX_NAMES = 2;

/**
 * Turns what becomes of transfers into as few notifications as possible: one when the last of those that ran together
 * has come to rest, however many they were, and one before that when the first of them needs an answer.
 */
export class NoticeBatch {
    private readonly outcomes = new Map<string, { readonly name: string; readonly outcome: Outcome }>();
    private hasAsked = false;

    /** A job reached another state. One that goes on is no longer counted as what it was. */
    take(job: Pick<Job, 'id' | 'name' | 'state'>): void {
        const { id, name, state } = job;
        if (state === 'completed' || state === 'failed' || state === 'needs-user') {
            this.outcomes.set(id, { name, outcome: state });
        } else {
            this.outcomes.delete(id);
        }
    }

    /**
     * What is to be told now, if anything.
     * @param isQuiet no job runs or waits for its turn
     */
    due(isQuiet: boolean, switches: NoticeSwitches): Notice | undefined {
        const asking = switches.needsAnswer && !this.hasAsked ? this.names('needs-user') : [];
        if (!isQuiet) {
            this.hasAsked ||= asking.length > 0;
            return noticeOf([], [], asking);
        }
        const notice = noticeOf(
            switches.completed ? this.names('completed') : [],
            switches.failed ? this.names('failed') : [],
            asking
        );
        this.clear();
        return notice;
    }

    /** All that happened so far has been seen. */
    clear(): void {
        this.outcomes.clear();
        this.hasAsked = false;
    }

    private names(outcome: Outcome): string[] {
        return [...this.outcomes.values()].filter(each => each.outcome === outcome).map(each => each.name);
    }
}

function noticeOf(
    completed: readonly string[],
    failed: readonly string[],
    asking: readonly string[]
): Notice | undefined {
    const parts = [
        phrase(completed, 'completed', 'completed'),
        phrase(failed, 'failed', 'failed'),
        phrase(asking, 'needs an answer', 'need an answer')
    ].filter(part => part !== '');
    return parts.length === 0
        ? undefined
        : { severity: failed.length + asking.length > 0 ? 'warning' : 'info', text: `${parts.join('; ')}.` };
}

function phrase(names: readonly string[], one: string, many: string): string {
    if (names.length <= 1) {
        return names.length === 0 ? '' : `${names[0]} ${one}`;
    }
    const more = names.length - MAX_NAMES;
    const named = names.slice(0, MAX_NAMES).join(', ');
    return `${names.length} transfers ${many}: ${named}${more > 0 ? ` and ${more} more` : ''}`;
}
