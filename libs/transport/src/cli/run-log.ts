import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { ConnectError } from '@connect/base';
import { printable } from './progress-line';

/** Name of the log in the folder of `-L`. */
export const LOG_NAME = 'connect-cp.log';

/** Lines with time and process id, appended to one file that several runs may share. */
export class RunLog {
    private constructor(private readonly file: number | undefined) {}

    /** Without a folder nothing is written. @throws ConnectError `usage` when the file cannot be opened. */
    static open(folder: string | undefined): RunLog {
        if (folder === undefined) {
            return new RunLog(undefined);
        }
        try {
            mkdirSync(folder, { recursive: true });
            return new RunLog(openSync(join(folder, LOG_NAME), 'a', 0o600));
        } catch (error) {
            throw new ConnectError('usage', `-L: ${error instanceof Error ? error.message : String(error)}`);
        }
    }

    write(line: string): void {
        if (this.file !== undefined) {
            writeSync(this.file, `${new Date().toISOString()} [${process.pid}] ${printable(line)}\n`);
        }
    }

    close(): void {
        if (this.file !== undefined) {
            closeSync(this.file);
        }
    }
}
