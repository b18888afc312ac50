import { join } from 'node:path';
import { Cleanup } from './cleanup';
import { Lab } from './lab';
import { NetworkPath } from './paths/network-path';
import { makeFile, makeSparseFile, makeTree, Work } from './payload';
import { Peer } from './peers/peer';
import { FigureResult, RunRecord, ScenarioResult } from './results';
import { Plan } from './scenarios';

/** One call of the benchmark: its plan, what it may use, what it has found so far. */
export class BenchRun {
    readonly scenarios: ScenarioResult[] = [];
    readonly figures: FigureResult[] = [];
    readonly leftOut: string[] = [];
    private readonly began = performance.now();
    private work: Work | undefined;
    private lab: Lab | undefined;

    constructor(
        readonly plan: Plan,
        readonly workFolder: string,
        private readonly missing: ReadonlySet<string>,
        readonly cleanup: Cleanup,
        readonly say: (line: string) => void,
        private readonly match = ''
    ) {}

    /** Whether a scenario with this label was asked for. */
    wants(label: string): boolean {
        return label.includes(this.match);
    }

    get elapsedMs(): number {
        return performance.now() - this.began;
    }

    readonly mayGoOn = (): boolean => this.elapsedMs < this.plan.budgetMs;

    /** Those of `peers` whose programs are here. */
    usable(peers: readonly Peer[]): Peer[] {
        return peers.filter(peer => !peer.needs.some(({ program }) => this.missing.has(program)));
    }

    has(program: string): boolean {
        return !this.missing.has(program);
    }

    /** Runs `use` in a lab over a path of its own; everything of it is gone afterwards, also when it fails. */
    async inLab<T>(path: NetworkPath, use: (lab: Lab) => Promise<T>): Promise<T> {
        const lab = Lab.create(path, this.workFolder);
        this.lab = lab;
        this.cleanup.add(() => lab.dispose());
        try {
            return await use(lab);
        } finally {
            await lab.dispose();
            this.lab = undefined;
        }
    }

    file(sizeBytes: number): Work {
        return this.make(`file-${sizeBytes / 1e6}MB`, name => makeFile(this.sources, name, sizeBytes));
    }

    sparseFile(sizeBytes: number): Work {
        return this.make(`sparse-${sizeBytes / 1e9}GB`, name =>
            makeSparseFile(this.sources, name, sizeBytes)
        );
    }

    tree(files: number, fileBytes: number): Work {
        return this.make(`tree-${files}x${fileBytes}`, name =>
            makeTree(this.sources, name, files, fileBytes)
        );
    }

    /** `what` (group: label, as in the results) was not done, because the time is over or something is missing. */
    leaveOut(what: string, why = 'the time was over'): void {
        this.leftOut.push(`${what} (${why})`);
        this.say(`left out: ${what} (${why})`);
    }

    /** Tells a run as it ends. */
    readonly tell = (id: string, run: RunRecord): void => {
        const rate = `${(run.commandBps / 1e6).toFixed(1)} Mbit/s`;
        const goodput = run.goodputBps ? `, goodput ${(run.goodputBps / 1e6).toFixed(1)}` : '';
        const note = run.note ? ` (${run.note})` : '';
        const took = `${(run.durationMs / 1000).toFixed(2)} s`;
        this.say(
            `    ${id.padEnd(16)} ${String(run.round)}  ${run.outcome.padEnd(7)} ${took}, ${rate}${goodput}${note}`
        );
    };

    private get sources(): string {
        return join(this.workFolder, 'sources');
    }

    /** Makes a work unless it is the one that lies there already: only one takes up space. */
    private make(name: string, make: (name: string) => Work): Work {
        if (this.work?.name !== name) {
            this.lab?.emptySources();
            this.lab?.emptyTarget();
            this.work = make(name);
        }
        return this.work;
    }
}
