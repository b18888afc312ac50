import { ChildProcess, spawn } from 'child_process';

/** What of the server's environment a session gets: nothing that may hold a secret. */
const KEPT_VARIABLES = [
    ...['PATH', 'LANG', 'LC_ALL', 'TZ', 'TMPDIR', 'SystemRoot', 'TEMP'],
    ...['CONNECT_PACKET_IO', 'CONNECT_NATIVE']
];

/** Files whose bytes a session waits for at the same time to be on disk: the disk syncs many as fast as one. */
const DISK_THREADS = 16;

/** With a million files V8 keeps 100 MB more for young objects by itself, and saves a tenth of the processor time. */
const YOUNG_SPACE = '--max-semi-space-size=16';

/** A new spare is made when the session that took one has begun: its beginning should have the processor. */
const REFILL_AFTER_MS = 1000;
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
    private refill: NodeJS.Timeout | undefined;
    private isClosed = false;

    /** @param program path of the transfer program @param count how many to keep; 0 for none */
    constructor(
        private readonly program: string,
        private readonly count: number
    ) {
        this.fill();
    }

    take(): ChildProcess {
        const spare = this.takeSpare();
        this.refillLater();
        return spare ?? this.spawn();
    }

    async close(): Promise<void> {
        this.isClosed = true;
        clearTimeout(this.refill);
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
    private fill(): void {
        while (!this.isClosed && this.spares.size < this.count) {
            const child = this.spawn();
            const forget = (): void => void this.spares.delete(child);
            this.spares.set(child, forget);
            child.once('exit', forget).once('error', forget);
        }
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

    private refillLater(): void {
        clearTimeout(this.refill);
        if (!this.isClosed) {
            const afterMs = this.spares.size > 0 ? TOP_UP_AFTER_MS : REFILL_AFTER_MS;
            this.refill = setTimeout(() => this.fill(), afterMs);
        }
    }

    private spawn(): ChildProcess {
        return spawn(process.execPath, [YOUNG_SPACE, this.program, '--server'], {
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
