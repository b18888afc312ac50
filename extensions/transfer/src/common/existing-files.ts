import type { FileFailure, OverwriteRule, ResumeLevel } from '@connect/api';
import type { ExistingRule, JobQuestion } from './transfer-protocol';

/** Questions name this many files; the rest is counted. */
export const MAX_NAMED_FILES = 20;

/** What an engine is told. */
export interface EngineRules {
    readonly overwrite: OverwriteRule;
    readonly resume: ResumeLevel;
}

const RULES: Readonly<Record<ExistingRule, EngineRules>> = {
    ask: { overwrite: 'report', resume: 'attributes' },
    overwrite: { overwrite: 'always', resume: 'attributes' },
    skip: { overwrite: 'never', resume: 'attributes' },
    rename: { overwrite: 'rename', resume: 'attributes' },
    resume: { overwrite: 'resume', resume: 'attributes' },
    'if-newer': { overwrite: 'older', resume: 'attributes' },
    'if-different': { overwrite: 'diff', resume: 'full-checksum' }
};

/**
 * The rules for one run.
 * @param goesOn an earlier run of the job brought something: what that one replaced is not sent again, for which the
 * content is compared, as a file that was the same by size and time before the job began is to be replaced all the same
 * @param fromStart the user wants everything sent again: what this job put there is no reason to ask or to stop
 */
export function engineRules(rule: ExistingRule, goesOn: boolean, fromStart: boolean): EngineRules {
    if (fromStart) {
        const replaces = rule === 'ask' || rule === 'resume' || rule === 'if-different';
        return { overwrite: replaces ? 'always' : RULES[rule].overwrite, resume: 'none' };
    }
    return rule === 'overwrite' && goesOn ? RULES['if-different'] : RULES[rule];
}

/** Collects what a run found at the target and may not decide by itself. */
export class ConflictCollector {
    private count = 0;
    private readonly files: { path: string; message: string }[] = [];

    add({ path, error }: FileFailure): void {
        if (error.code !== 'transfer.target-differs') {
            return;
        }
        this.count += 1;
        if (this.files.length < MAX_NAMED_FILES) {
            this.files.push({ path, message: error.message });
        }
    }

    /** Undefined when there is nothing to ask. */
    get question(): JobQuestion | undefined {
        const files = [...this.files].sort((a, b) => (a.path < b.path ? -1 : 1));
        return this.count === 0 ? undefined : { kind: 'existing-files', count: this.count, files };
    }
}
