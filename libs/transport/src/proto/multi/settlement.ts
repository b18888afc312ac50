import { NOTHING_LOST } from '../kept-facts';
import { FileOutcome, ListedEntry, WorkOutcome } from './work-order';

/** What a settled order changes. */
export interface Settlement {
    /** The one outcome of a file, when this was the last that was waited for. */
    readonly outcome?: FileOutcome;
    /** Bytes present because of it, as the session itself counted them. */
    readonly sessionBytes: number;
    /** Bytes present because of it; negative when a file is begun again. */
    readonly creditBytes: number;
    /** Of these, found in place. */
    readonly resumedBytes: number;
    /** Of these, in holes. */
    readonly emptyBytes: number;
}

/** Nothing is present because of it, and no file has ended. */
export const NOTHING: Settlement = { sessionBytes: 0, creditBytes: 0, resumedBytes: 0, emptyBytes: 0 };

/** What a file can end with. */
export type FinalOutcome = Exclude<WorkOutcome, { readonly result: 'opened' }>;

/** What is told of an entry that has come to its end. */
export function outcomeOf(entry: ListedEntry, outcome: FinalOutcome): FileOutcome {
    const { path, kind } = entry;
    if (outcome.result === 'failed') {
        return { path, kind, sizeBytes: entry.sizeBytes, result: { type: 'failed', error: outcome.error } };
    }
    const { sizeBytes, mtimeNs } = outcome;
    const facts = { path, kind, sizeBytes, ...(mtimeNs === undefined ? {} : { mtimeNs }) };
    if (outcome.result === 'skipped') {
        return { ...facts, result: { type: 'skipped', reason: outcome.reason } };
    }
    const { digest, lost = NOTHING_LOST } = outcome;
    return {
        ...facts,
        ...(digest === undefined ? {} : { digest }),
        ...(lost.length === 0 ? {} : { lost }),
        result: { type: 'done' }
    };
}
