import { ChildProcess, spawn } from 'node:child_process';
import { ConnectError } from '@connect/base';
import { COORDINATOR_VARIABLE } from './coordinator-variable';

/** How long a session that is not needed any more may take to go. */
const GO_WITHIN_MS = 10_000;

/** The processes that run the sessions of one transfer, one each. */
export class WorkerProcesses {
    private readonly children = new Map<number, ChildProcess>();

    /** @param onGone a process has ended, for whatever reason */
    constructor(
        private readonly rendezvous: string,
        private readonly sessions: number,
        private readonly onGone: (session: number, error: ConnectError) => void
    ) {}

    start(session: number): void {
        const program = process.argv[1]!;
        const args = [...process.execArgv, program, '-C', `${session}:${this.sessions}`];
        const child = spawn(process.execPath, args, {
            env: { ...process.env, [COORDINATOR_VARIABLE]: this.rendezvous },
            stdio: ['ignore', 'ignore', 'inherit']
        });
        this.children.set(session, child);
        const gone = (text: string): void => {
            if (this.children.delete(session)) {
                this.onGone(session, new ConnectError('transfer.peer-aborted', `Session ${session} ${text}`));
            }
        };
        child.once('error', error => gone(`cannot be started: ${error.message}`));
        child.once('exit', (code, signal) => gone(`ended: ${signal ?? `code ${code}`}`));
    }

    /** Resolves when all are gone; those that take too long are ended. */
    async gone(): Promise<void> {
        const kill = setTimeout(() => this.children.forEach(child => child.kill('SIGKILL')), GO_WITHIN_MS);
        const ends = [...this.children.values()].map(
            child => new Promise<void>(resolve => child.once('close', () => resolve()))
        );
        await Promise.all(ends);
        clearTimeout(kill);
    }
}
