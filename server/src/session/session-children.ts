import { ChildProcess, spawn } from 'child_process';
import { Clock, Disposable, systemClock } from '@connect/base';
import { snapshotOf } from '@connect/transport/lib/node/program-snapshot';

/** What of the server's environment a session gets: nothing that may hold a secret. */
const KEPT_VARIABLES = [
    ...['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'TEMP'],
    ...['CONNECT_PACKET_IO', 'CONNECT_NATIVE']
];

/** Files whose bytes a session waits for at the same time to be on disk: the disk syncs many as fast as one. */
const DISK_THREADS = 16;

/** With a million files V8 keeps 100 MB more for young objects by itself, and saves a tenth of the processor time. */
const YOUNG_SPACE = '--max-semi-space-size=16';

/**
 * V8 would search its small heap for garbage several times in the first half second of a session, when there is most to
 * do: with this it does so when 64 MB are in use.
 */
const OLD_SPACE = '--initial-old-space-size=64';

/** The last spare is replaced when a session has ended: until then its transfer should have the processor. */
const REFILL_AFTER_END_MS = 250;
/** But not later than so long after it was taken: those that come meanwhile wait for a process. And the next after it. */
const REFILL_AFTER_MS = 3000;
/** While others are left there is no hurry: most transfers are over by then, or do not mind. */
const TOP_UP_AFTER_MS = 10_000;

/** Where the processes of sessions come from. */
export interface SessionChildren {
    /** A process that waits for its launch message; it belongs to the caller. */
    take(): ChildProcess;
    /** Resolves when no process that nobody took is left. */
    close(): Promise<void>;
}

/**
 * Keeps a few processes of the transfer program ready, so that a session does not wait for one to load. A spare knows
 * nothing of any session: its secret is made when it is told what to serve, and it serves one session only. Spares end
 * with the server, however that ends, because they lose their IPC channel.
 */
export class SpareChildren implements SessionChildren {
    /** With what forgets each when it ends. */
    private readonly spares = new Map<ChildProcess, () => void>();
    private refill: Disposable | undefined;
    private isClosed = false;

    /** @param program path of the transfer program @param count how many to keep; 0 for none */
    constructor(
        private readonly program: string,
        private readonly count: number,
        private readonly clock: Clock = systemClock
    ) {
        for (let i = 0; i < count; i++) {
            this.makeSpare();
        }
    }

    take(): ChildProcess {
        const child = this.takeSpare() ?? this.spawn();
        this.refillAfter(this.spares.size > 0 ? TOP_UP_AFTER_MS : REFILL_AFTER_MS);
        child.once('exit', () => {
            if (this.spares.size === 0) {
                this.refillAfter(REFILL_AFTER_END_MS);
            }
        });
        return child;
    }

    async close(): Promise<void> {
        this.isClosed = true;
        this.refill?.dispose();
        const spares = [...this.spares.keys()];
        await Promise.all(
            spares.map(
                child =>
                    new Promise<void>(resolve => {
                        child.once('close', () => resolve());
                        child.once('error', () => resolve());
                        child.kill('SIGKILL');
                    })
            )
        );
    }

    /** One that ends by itself is replaced with the next session: a program that always fails is not run in a loop. */
    private makeSpare(): void {
        const child = this.spawn();
        const forget = (): void => void this.spares.delete(child);
        this.spares.set(child, forget);
        child.once('exit', forget).once('error', forget);
    }

    private takeSpare(): ChildProcess | undefined {
        for (const [child, forget] of this.spares) {
            forget();
            child.off('exit', forget).off('error', forget);
            if (child.connected && child.exitCode === null) {
                return child;
            }
        }
        return undefined;
    }

    /** One at a time: making one keeps a processor busy for a tenth of a second, without a snapshot for a sixth. */
    private refillAfter(delayMs: number): void {
        this.refill?.dispose();
        if (this.isClosed || this.spares.size >= this.count) {
            return;
        }
        this.refill = this.clock.setTimeout(() => {
            this.makeSpare();
            this.refillAfter(REFILL_AFTER_MS);
        }, delayMs);
    }

    private spawn(): ChildProcess {
        const snapshot = snapshotOf(this.program, process.execPath);
        const from = snapshot === undefined ? [] : ['--snapshot-blob', snapshot];
        return spawn(process.execPath, [YOUNG_SPACE, OLD_SPACE, ...from, this.program, '--server'], {
            cwd: '/',
            env: keptEnvironment(),
            stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
            serialization: 'advanced',
            windowsHide: true
        });
    }
}

/** The environment of a process that serves strangers. */
export function keptEnvironment(): NodeJS.ProcessEnv {
    const present = KEPT_VARIABLES.filter(name => process.env[name] !== undefined);
    const kept = Object.fromEntries(present.map(name => [name, process.env[name]]));
    return { ...kept, UV_THREADPOOL_SIZE: String(DISK_THREADS) };
}
