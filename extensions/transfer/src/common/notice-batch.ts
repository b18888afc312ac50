import { formatCount } from '@connect/base';
import { isAllSkipped } from './job-record';
import type { Job } from './transfer-protocol';

/** What a person wants to be told. */
export interface NoticeSwitches {
    readonly completed: boolean;
    readonly failed: boolean;
    readonly needsAnswer: boolean;
    readonly diskSpace: boolean;
}

/** One notification. */
export interface Notice {
    readonly severity: 'info' | 'warning';
    readonly text: string;
    /** The transfers that it is about, the one to look at first. */
    readonly jobIds: readonly string[];
}

type Outcome = 'completed' | 'skipped' | 'failed' | 'needs-user';

interface Named {
    readonly id: string;
    readonly name: string;
}

/** What there is to tell of each kind. */
interface Told {
    readonly completed: readonly Named[];
    readonly skipped: readonly Named[];
    readonly failed: readonly Named[];
    readonly asking: readonly Named[];
    readonly held: readonly Named[];
}

/** Notifications name this many transfers; the rest is counted. */
const MAX_NAMES = 2;

/**
 * Turns what becomes of transfers into as few notifications as possible: one when the last of those that ran together
 * has come to rest, however many they were, and one before that when the first of them needs an answer, or when the
 * disk begins to be too full for some.
 */
export class NoticeBatch {
    private readonly outcomes = new Map<string, Named & { readonly outcome: Outcome }>();
    private held: readonly Named[] = [];
    private hasAsked = false;
    private hasToldHeld = false;

    /** A job reached another state. One that goes on is no longer counted as what it was. */
    take(job: Pick<Job, 'id' | 'name' | 'state' | 'filesDone' | 'filesSkipped'>): void {
        const { id, name, state } = job;
        if (state === 'completed' || state === 'failed' || state === 'needs-user') {
            const outcome = state === 'completed' && isAllSkipped(job) ? 'skipped' : state;
            this.outcomes.set(id, { id, name, outcome });
        } else {
            this.outcomes.delete(id);
        }
    }

    /** @param jobs all that wait at this moment because the disk is almost full */
    hold(jobs: readonly Pick<Job, 'id' | 'name'>[]): void {
        this.held = jobs.map(({ id, name }) => ({ id, name }));
        this.hasToldHeld &&= this.held.length > 0;
    }

    /**
     * What is to be told now, if anything.
     * @param isQuiet no job runs or waits for its turn
     */
    due(isQuiet: boolean, switches: NoticeSwitches): Notice | undefined {
        const asking = switches.needsAnswer && !this.hasAsked ? this.ended('needs-user') : [];
        const held = switches.diskSpace && !this.hasToldHeld ? this.held : [];
        this.hasToldHeld ||= held.length > 0;
        if (!isQuiet) {
            this.hasAsked ||= asking.length > 0;
            return noticeOf({ completed: [], skipped: [], failed: [], asking, held });
        }
        const notice = noticeOf({
            completed: switches.completed ? this.ended('completed') : [],
            skipped: switches.completed ? this.ended('skipped') : [],
            failed: switches.failed ? this.ended('failed') : [],
            asking,
            held
        });
        this.clear();
        return notice;
    }

    /** All that happened so far has been seen. */
    clear(): void {
        this.outcomes.clear();
        this.hasAsked = false;
        this.hasToldHeld = this.held.length > 0;
    }

    private ended(outcome: Outcome): Named[] {
        return [...this.outcomes.values()].filter(each => each.outcome === outcome);
    }
}

function noticeOf({ completed, skipped, failed, asking, held }: Told): Notice | undefined {
    const parts = [
        phrase(completed, 'completed', 'completed'),
        phrase(skipped, 'was skipped: it is there already', 'were skipped, for they are there already'),
        phrase(failed, 'failed', 'failed'),
        phrase(asking, 'needs an answer', 'need an answer'),
        phrase(held, 'waits: the disk is almost full', 'wait, for the disk is almost full')
    ].filter(part => part !== '');
    return parts.length === 0
        ? undefined
        : {
              severity: failed.length + asking.length + held.length > 0 ? 'warning' : 'info',
              text: `${parts.join('; ')}.`,
              jobIds: [...failed, ...asking, ...held, ...completed, ...skipped].map(({ id }) => id)
          };
}

function phrase(jobs: readonly Named[], one: string, many: string): string {
    const names = jobs.map(({ name }) => shown(name));
    if (names.length <= 1) {
        return names.length === 0 ? '' : `${names[0]} ${one}`;
    }
    const more = names.length - MAX_NAMES;
    const named = names.slice(0, MAX_NAMES).join(', ');
    return `${formatCount(names.length)} transfers ${many}: ${named}${more > 0 ? ` and ${formatCount(more)} more` : ''}`;
}

const MAX_NAME_CHARS = 120;

/** A name may be as long as it likes, end lines or turn the reading direction. */
function shown(name: string): string {
    const plain = name.replace(/[\p{Cc}\p{Cs}\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu, '?');
    return plain.length > MAX_NAME_CHARS ? `${plain.slice(0, MAX_NAME_CHARS)}…` : plain;
}
