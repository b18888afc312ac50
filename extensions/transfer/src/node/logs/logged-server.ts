import type { LogBook } from '@connect/api';
import type { LogLevel } from '@connect/base';
import { type ILoggerClient, type ILoggerServer } from '@theia/core/lib/common/logger-protocol';
import { format } from 'node:util';

/** Theia counts levels: the higher, the more urgent. */
const LEVELS: ReadonlyArray<readonly [number, LogLevel]> = [
    [50, 'error'],
    [40, 'warn'],
    [30, 'info'],
    [20, 'debug']
];

/** Where all that Theia and its windows log goes through: writes it into the log of the workbench as well. */
export class LoggedServer implements ILoggerServer {
    constructor(
        private readonly server: ILoggerServer,
        private readonly book: LogBook
    ) {}

    setClient(client: ILoggerClient | undefined): void {
        this.server.setClient(client);
    }

    dispose(): void {
        this.server.dispose();
    }

    setLogLevel(name: string, logLevel: number): Promise<void> {
        return this.server.setLogLevel(name, logLevel);
    }

    getLogLevel(name: string): Promise<number> {
        return this.server.getLogLevel(name);
    }

    child(name: string): Promise<void> {
        return this.server.child(name);
    }

    log(name: string, logLevel: number, message: unknown, params: unknown[]): Promise<void> {
        const level = LEVELS.find(([least]) => logLevel >= least)?.[1] ?? 'trace';
        const log = this.book.component('app', name);
        if (log.isOn(level)) {
            log.write(level, format(message, ...params));
        }
        return this.server.log(name, logLevel, message, params);
    }
}
