import type { JobRecord } from './job-record';
import { baseNameOf, childUri } from './source-uris';
import type { ExistingAnswer, ExistingRule, FileRule } from './transfer-protocol';

/** An answer that is kept with the job. Applied ones are kept too: the file may differ on purpose from now on. */
export interface RecordedAnswer extends ExistingAnswer {
    readonly isApplied: boolean;
}

/** Files of one folder that are treated alike: a run of its own. */
export interface AnswerStep {
    readonly rule: FileRule;
    /** URIs of the files. */
    readonly sources: readonly string[];
    /** URI of the folder they land in. */
    readonly target: string;
    /** Below the job's target. */
    readonly paths: readonly string[];
}

/** Runs with more files than this would have command lines beyond what systems take. */
const MAX_FILES_PER_STEP = 200;

/** The last answer about a file counts. What is to be skipped needs no run, so it is applied at once. */
export function withAnswers(
    known: readonly RecordedAnswer[],
    answers: readonly ExistingAnswer[]
): RecordedAnswer[] {
    const byPath = new Map(known.map(answer => [answer.path, answer]));
    for (const { path, rule } of answers) {
        byPath.set(path, { path, rule, isApplied: rule === 'skip' });
    }
    return [...byPath.values()];
}

/** The same, after a run has treated these paths. */
export function withApplied(
    known: readonly RecordedAnswer[],
    paths: ReadonlySet<string>
): readonly RecordedAnswer[] {
    return known.map(answer => (paths.has(answer.path) ? { ...answer, isApplied: true } : answer));
}

/** What a rule for the whole job changes: what was answered about single files stays as it was answered. */
export function withRule(
    record: Pick<JobRecord, 'answers'>,
    existing: ExistingRule
): Pick<JobRecord, 'existing' | 'answerRest'> {
    const answerRest = record.answers && existing !== 'ask' ? existing : undefined;
    return { existing, answerRest };
}

/**
 * The runs that carry out answers. Paths that belong to no source of the job are left out: then the job asks again.
 * @param answers paths below the job's target, `/`-separated
 */
export function answerSteps(
    job: Pick<JobRecord, 'sources' | 'target'>,
    answers: readonly ExistingAnswer[]
): AnswerStep[] {
    const sources = new Map(job.sources.map(uri => [baseNameOf(uri), uri]));
    const steps = new Map<string, { rule: FileRule; target: string; sources: string[]; paths: string[] }[]>();
    for (const { path, rule } of answers) {
        const segments = path.split('/');
        const source = sources.get(segments[0]!);
        if (source === undefined || rule === 'skip' || segments.some(isOddSegment)) {
            continue;
        }
        const target = childUri(job.target, segments.slice(0, -1));
        const key = `${rule} ${target}`;
        const alike = steps.get(key) ?? [];
        steps.set(key, alike);
        let step = alike.at(-1);
        if (!step || step.paths.length >= MAX_FILES_PER_STEP) {
            step = { rule, target, sources: [], paths: [] };
            alike.push(step);
        }
        step.sources.push(childUri(source, segments.slice(1)));
        step.paths.push(path);
    }
    return [...steps.values()].flat();
}

/** Where the two sides of a file are; undefined when it belongs to no source of the job. */
export function sidesOf(
    job: Pick<JobRecord, 'sources' | 'target'>,
    path: string
): { readonly source: string; readonly target: string } | undefined {
    const segments = path.split('/');
    const source = job.sources.find(uri => baseNameOf(uri) === segments[0]);
    return source === undefined || segments.some(isOddSegment)
        ? undefined
        : { source: childUri(source, segments.slice(1)), target: childUri(job.target, segments) };
}

/** A path that comes from the other end never leads out of the folders of the job. */
function isOddSegment(segment: string): boolean {
    return segment === '' || segment === '.' || segment === '..' || segment.includes('\0');
}
