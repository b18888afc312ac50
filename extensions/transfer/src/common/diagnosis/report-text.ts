import type { LiveTest } from './diagnosis-protocol';
import type { Explanation } from './explain-job';
import { STAGE_TITLES, type Observation, type StageState } from './stages';

/** Words beside the icons, and in reports. */
export const STATE_WORDS: Readonly<Record<StageState, string>> = {
    ok: 'OK',
    failed: 'Failed',
    'not-reached': 'Not reached',
    'not-tested': 'Not tested',
    running: 'Testing…',
    waiting: 'Waiting'
};

/** What a report is made of. */
export interface ReportParts {
    /** Epoch ms. */
    readonly madeMs: number;
    /** Lines such as `Connect 0.1.0`. */
    readonly versions: readonly string[];
    /** Lines about what it is about. */
    readonly subject: readonly string[];
    readonly explanation?: Explanation;
    /** Of the run that is explained, epoch ms. */
    readonly runMs?: number;
    readonly test?: LiveTest;
    /** Last lines of the log, oldest first; `atMs` is epoch. */
    readonly log: ReadonlyArray<{ readonly atMs: number; readonly text: string }>;
}

/** Says what is in the text, so that nobody sends what he did not mean to. */
export const REPORT_NOTE =
    'Passwords, tokens and keys are not in this text. Names of users, hosts, files and folders are.';

/**
 * A plain text for somebody who is to help; {@link withoutSecrets} comes after it. Pure.
 * @param timeText an epoch ms as it is to be written
 */
export function reportText(parts: ReportParts, timeText: (epochMs: number) => string): string {
    const { explanation, test } = parts;
    const blocks = [
        ['Connect diagnostic report', timeText(parts.madeMs), ...parts.versions, REPORT_NOTE],
        [...parts.subject],
        ...(explanation
            ? [
                  [explanation.question, explanation.headline, ...explanation.details],
                  [
                      `Stages of the last run${parts.runMs === undefined ? '' : `, ${timeText(parts.runMs)}`}`,
                      ...explanation.rows.flatMap(({ title, state, evidence }) =>
                          stageLines(title, state, evidence)
                      )
                  ]
              ]
            : []),
        ...(test
            ? [
                  [
                      `Test of ${test.subjectName}, ${timeText(test.startedMs)}${test.isCancelled ? ', cancelled' : ''}`,
                      ...test.stages.flatMap((each: Observation) =>
                          stageLines(STAGE_TITLES[each.stage], each.state, each.evidence)
                      )
                  ]
              ]
            : []),
        ...(parts.log.length > 0
            ? [['Last lines of the log', ...parts.log.map(({ atMs, text }) => `${timeText(atMs)} ${text}`)]]
            : [])
    ];
    return `${blocks
        .filter(lines => lines.length > 0)
        .map(lines => lines.join('\n'))
        .join('\n\n')}\n`;
}

function stageLines(title: string, state: StageState, evidence: readonly string[]): string[] {
    return [`  ${STATE_WORDS[state].padEnd(11)} ${title}`, ...evidence.map(line => `              ${line}`)];
}

/** Shorter ones are found in every text. */
const MIN_SECRET_CHARS = 4;
const HIDDEN = '***';

/**
 * `text` without these secrets, also where they stand percent-encoded or as base64, and without each line of a key.
 * Those that are too short to be told from words are left.
 */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
    const whole = secrets.flatMap(secret => [
        secret,
        ...(secret.includes('\n') ? secret.split('\n').map(line => line.trim()) : [])
    ]);
    const forms = whole
        .filter(secret => secret.length >= MIN_SECRET_CHARS)
        .flatMap(secret => [secret, encodeURIComponent(secret), base64Of(secret)]);
    const longestFirst = [...new Set(forms)].sort((a, b) => b.length - a.length);
    return longestFirst.reduce((rest, form) => rest.replaceAll(form, HIDDEN), text);
}

function base64Of(text: string): string {
    return btoa(String.fromCharCode(...new TextEncoder().encode(text))).replace(/=+$/, '');
}
