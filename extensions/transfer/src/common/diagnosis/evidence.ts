import type { FileFailure } from '@connect/api';
import type { StageReport, WireError } from '@connect/base';
import { observationOf, type Observation } from './stages';

/** A file that failed in a run. */
export interface FailedFile {
    readonly path: string;
    readonly error: WireError;
}

/** What the last run of a job recorded. JSON-safe, without secrets. */
export interface JobEvidence {
    /** Epoch ms. */
    readonly startedMs: number;
    /** Absent while it runs. */
    readonly endedMs?: number;
    /** Each stage once, with what was seen of it last. */
    readonly stages: readonly Observation[];
    /** The first of them. */
    readonly files: readonly FailedFile[];
    /** What ended it, when it did not end well. */
    readonly error?: WireError;
    readonly engineId?: string;
}

/** More failed files explain nothing more. */
const MAX_FILES = 20;

/** Collects the evidence of one run; pure. Times are epoch ms. */
export class EvidenceRecorder {
    private readonly stages = new Map<string, Observation>();
    private readonly files: FailedFile[] = [];
    private ending: Pick<JobEvidence, 'endedMs' | 'error'> = {};
    engineId: string | undefined;

    constructor(private readonly startedMs: number) {}

    stage(report: StageReport, atMs: number): void {
        this.stages.set(report.stage, observationOf(report, atMs));
    }

    file({ path, error }: FileFailure): void {
        if (this.files.length < MAX_FILES) {
            this.files.push({ path, error: error.toWire() });
        }
    }

    ended(atMs: number, error?: WireError): void {
        this.ending = { endedMs: atMs, ...(error ? { error } : {}) };
    }

    get evidence(): JobEvidence {
        const { startedMs, files, engineId } = this;
        const stages = [...this.stages.values()];
        return { startedMs, stages, files, ...(engineId === undefined ? {} : { engineId }), ...this.ending };
    }
}
