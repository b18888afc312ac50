import {
    closeSync,
    existsSync,
    fstatSync,
    mkdirSync,
    openSync,
    renameSync,
    statSync,
    writeSync
} from 'node:fs';
import { join } from 'node:path';
import { ConnectError, logLine, type LogLevel } from '@connect/base';
import { printable } from './progress-line';

/** Name of the log in the folder of `-L`, without `.log`. Older ones are `connect-cp.1.log` and so on. */
const LOG_NAME = 'connect-cp';

/** A file that has reached this size is put aside. */
const MAX_BYTES = 10_000_000;
/** Older files. */
const KEPT = 3;
/** Other runs may write to the same file, or put it aside: so often it is looked at. */
const LOOK_EVERY_LINES = 256;

/** How a log is kept. */
export interface RunLogOptions {
    /** Default 10 MB. */
    readonly maxBytes?: number;
    /** Nothing more can be written, as on a full disk: told once. */
    readonly onBroken?: (error: Error) => void;
}

/**
 * Lines with time and process id, appended to one file that several runs may share. One that cannot be written ends no
 * transfer: its lines are lost.
 */
export class RunLog {
    private lines = 0;
    private isBroken = false;

    private constructor(
        private readonly folder: string | undefined,
        private readonly options: RunLogOptions,
        private file: number | undefined
    ) {}

    /** Without a folder nothing is written. @throws ConnectError `usage` when the file cannot be opened. */
    static open(folder: string | undefined, options: RunLogOptions = {}): RunLog {
        if (folder === undefined) {
            return new RunLog(undefined, options, undefined);
        }
        try {
            mkdirSync(folder, { recursive: true });
            return new RunLog(folder, options, openLog(folder));
        } catch (error) {
            throw new ConnectError('usage', `-L: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    /** Whether anything is written. */
    get isKept(): boolean {
        return this.file !== undefined;
    }

    write(text: string, level: LogLevel = 'info'): void {
        if (this.file === undefined) {
            return;
        }
        const component = `connect-cp[${process.pid}]`;
        const line = logLine({ atMs: Date.now(), level, component, text: printable(text) });
        try {
            if (this.lines++ % LOOK_EVERY_LINES === 0) {
                this.putAside();
            }
            writeSync(this.file, `${line}\n`);
            this.isBroken = false;
        } catch (error) {
            if (!this.isBroken) {
                this.isBroken = true;
                this.options.onBroken?.(error as Error);
            }
        }
    }

    close(): void {
        if (this.file !== undefined) {
            closeSync(this.file);
            this.file = undefined;
        }
    }

    /** A run that still holds a file that was put aside goes on in it until it looks again. */
    private putAside(): void {
        const folder = this.folder!;
        const current = statSync(logPath(folder, 0), { throwIfNoEntry: false });
        if (current && current.size >= (this.options.maxBytes ?? MAX_BYTES)) {
            for (let age = KEPT - 1; age >= 0; age--) {
                if (existsSync(logPath(folder, age))) {
                    renameSync(logPath(folder, age), logPath(folder, age + 1));
                }
            }
        } else if (current?.ino === fstatSync(this.file!).ino) {
            return;
        }
        const before = this.file!;
        this.file = openLog(folder);
        closeSync(before);
    }
}

function openLog(folder: string): number {
    return openSync(logPath(folder, 0), 'a', 0o600);
}

function logPath(folder: string, age: number): string {
    return join(folder, age === 0 ? `${LOG_NAME}.log` : `${LOG_NAME}.${age}.log`);
}
