import type { Clock } from '@connect/base';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** How long an earlier program may take to end after it was asked to, then after it was killed. */
const TERM_GRACE_MS = 3_000;
const POLL_MS = 20;

interface Owner {
    readonly pid: number;
    /** Start of the process as the kernel tells it: a number that was given to another process since does not match. */
    readonly started: string;
}

/**
 * Remembers on disk which program works for a job. A backend that died may have left one behind; two programs for one
 * job would write the same files, so the one left behind is ended before another starts.
 */
export class ProgramLock {
    private readonly file: string;

    /** @param folder exists, private to the user */
    constructor(
        folder: string,
        jobId: string,
        private readonly clock: Clock
    ) {
        this.file = path.join(folder, `connect-cp-${jobId}.pid`);
    }

    /** Ends the program that the file names, if it still runs, and waits until it is gone. */
    async endPrevious(): Promise<void> {
        const owner = this.read();
        if (owner && isAlive(owner)) {
            process.kill(owner.pid, 'SIGTERM');
            if (!(await this.isGoneWithin(owner, TERM_GRACE_MS))) {
                process.kill(owner.pid, 'SIGKILL');
                await this.isGoneWithin(owner, Infinity);
            }
        }
        this.release();
    }

    hold(pid: number): void {
        const started = startOf(pid);
        if (started !== undefined) {
            const owner: Owner = { pid, started };
            fs.writeFileSync(this.file, JSON.stringify(owner), { mode: 0o600 });
        }
    }

    release(): void {
        fs.rmSync(this.file, { force: true });
    }

    private async isGoneWithin(owner: Owner, limitMs: number): Promise<boolean> {
        const until = this.clock.now() + limitMs;
        while (isAlive(owner) && this.clock.now() < until) {
            await new Promise<void>(resolve => this.clock.setTimeout(resolve, POLL_MS));
        }
        return !isAlive(owner);
    }

    private read(): Owner | undefined {
        if (!fs.existsSync(this.file)) {
            return undefined;
        }
        try {
            return JSON.parse(fs.readFileSync(this.file, 'utf8')) as Owner;
        } catch (error) {
            if (error instanceof SyntaxError) {
                // cut off by a crash while it was written: the program had hardly begun and ends with its backend
                return undefined;
            }
            throw error;
        }
    }
}

function isAlive(owner: Owner): boolean {
    return startOf(owner.pid) === owner.started;
}

/**
 * Start time of a process in clock ticks since boot, from /proc; undefined when it is gone, a zombie, or where there is
 * no /proc: there a program ends by itself when its management socket closes, and nothing more is done.
 */
function startOf(pid: number): string | undefined {
    try {
        const stat = fs.readFileSync(`/proc/${pid}/stat`, 'latin1');
        // the second field is a name in parentheses that may hold anything: proc(5)
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        return fields[0] === 'Z' ? undefined : fields[19];
    } catch (error) {
        const errno = (error as NodeJS.ErrnoException).code;
        if (errno === 'ENOENT' || errno === 'ESRCH') {
            return undefined;
        }
        throw error;
    }
}
