import * as fs from 'node:fs';

const INTERVAL_MS = 200;

/** Resident memory of the largest of some processes over their time, in bytes; 0 where the system does not tell. */
export interface MemoryCourse {
    /** As the system keeps it, so that nothing between two looks is missed. */
    readonly peakBytes: number;
    /** Highest of the looks in either half of the time. */
    readonly firstHalfBytes: number;
    readonly secondHalfBytes: number;
}

export const NO_MEMORY: MemoryCourse = { peakBytes: 0, firstHalfBytes: 0, secondHalfBytes: 0 };

/** Follows the resident memory of a process and of all it starts, while it runs; Linux. */
export class MemoryWatch {
    private peakBytes = 0;
    private readonly looks: number[] = [];
    private readonly timer: NodeJS.Timeout;

    /** `ignore`: a process that stands between but is not measured, for example the server that starts the sessions. */
    constructor(
        private readonly root: number,
        private readonly ignore?: number
    ) {
        this.timer = setInterval(() => this.look(), INTERVAL_MS);
    }

    stop(): MemoryCourse {
        clearInterval(this.timer);
        this.look();
        return { peakBytes: this.peakBytes, ...halves(this.looks) };
    }

    private look(): void {
        let residentBytes = 0;
        for (const pid of familyOf(this.root)) {
            const status = pid === this.ignore ? '' : readIfThere(`/proc/${pid}/status`);
            residentBytes = Math.max(residentBytes, bytesOf('VmRSS', status));
            this.peakBytes = Math.max(this.peakBytes, bytesOf('VmHWM', status));
        }
        if (residentBytes > 0) {
            this.looks.push(residentBytes);
        }
    }
}

/** The highest of the first and of the second half of `looks`; 0 where there are none. */
export function halves(looks: readonly number[]): Pick<MemoryCourse, 'firstHalfBytes' | 'secondHalfBytes'> {
    const middle = looks.length >> 1;
    const highest = (some: readonly number[]): number => some.reduce((most, one) => Math.max(most, one), 0);
    return { firstHalfBytes: highest(looks.slice(0, middle)), secondHalfBytes: highest(looks.slice(middle)) };
}

function bytesOf(field: 'VmRSS' | 'VmHWM', status: string): number {
    return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
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
