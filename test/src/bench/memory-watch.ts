import * as fs from 'node:fs';

const INTERVAL_MS = 200;

/** Notes the peak resident memory (VmHWM) of a process and of all it starts, while it runs; Linux. */
export class MemoryWatch {
    private peak = 0;
    private readonly timer: NodeJS.Timeout;

    /** `ignore`: a process that stands between but is not measured, for example the server that starts the sessions. */
    constructor(
        private readonly root: number,
        private readonly ignore?: number
    ) {
        this.timer = setInterval(() => this.look(), INTERVAL_MS);
    }

    /** Peak of the largest process, in bytes; 0 where the system does not tell. */
    stop(): number {
        clearInterval(this.timer);
        this.look();
        return this.peak;
    }

    private look(): void {
        for (const pid of familyOf(this.root)) {
            const status = pid === this.ignore ? '' : readIfThere(`/proc/${pid}/status`);
            const match = /^VmHWM:\s+(\d+) kB/m.exec(status);
            this.peak = Math.max(this.peak, Number(match?.[1] ?? 0) * 1024);
        }
    }
}

function familyOf(root: number): number[] {
    const family = [root];
    for (let i = 0; i < family.length; i++) {
        const children = readIfThere(`/proc/${family[i]}/task/${family[i]}/children`);
        family.push(...children.split(' ').filter(Boolean).map(Number));
    }
    return family;
}

/** A process may end at any moment. */
function readIfThere(path: string): string {
    try {
        return fs.readFileSync(path, 'utf8');
    } catch (error) {
        if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) {
            return '';
        }
        throw error;
    }
}
