import { LOG_NAMES, type ComponentLog, type LogBook, type LogName } from '@connect/api';
import { isLogged, logLine, systemClock, type Clock, type LogLevel, type LogThreshold } from '@connect/base';
import { ConnectHome } from '@connect/security/lib/node/connect-home';
import { Emitter, type Event } from '@theia/core/lib/common/event';
import { inject, injectable, preDestroy } from '@theia/core/shared/inversify';
import { LOG_FILES } from '../../common/log-protocol';
import { RotatingLog } from './rotating-log';

/** A log has this many bytes at most in its file, and as many in each of the older ones. */
export const MAX_LOG_BYTES = 10_000_000;
/** Older files of each log. */
export const KEPT_LOGS = 3;
/** So many of the last lines are at hand for a window that begins to look. */
const MAX_RECENT_LINES = 500;

/** A line of a log, as it stands in the file. */
export interface WrittenLine {
    readonly log: LogName;
    readonly line: string;
}

/**
 * The four logs in the folder of this user: see docs/guides/logs.md. It needs nothing that logs itself, and so can
 * take what is said while all else is being made.
 */
@injectable()
export class ConnectLogBook implements LogBook {
    @inject(ConnectHome) protected readonly home: ConnectHome;

    /** What the settings say; applies at once. */
    threshold: LogThreshold = 'info';

    private readonly clock: Clock = systemClock;
    private readonly logs = new Map<LogName, RotatingLog>();
    private readonly recent = new Map<LogName, string[]>(LOG_NAMES.map(log => [log, []]));
    private readonly lineEmitter = new Emitter<WrittenLine>();
    private readonly problemEmitter = new Emitter<string>();

    /** After each line; it may not be on disk yet. */
    readonly onDidWrite: Event<WrittenLine> = this.lineEmitter.event;
    private readonly closeEmitter = new Emitter<void>();
    private isClosed = false;

    /** The last moment at which something can be written. */
    readonly onWillClose: Event<void> = this.closeEmitter.event;
    /** A log cannot be written: a sentence that says why, once for each time that this begins. */
    readonly onDidBreak: Event<string> = this.problemEmitter.event;

    component(log: LogName, component: string): ComponentLog {
        return {
            isOn: level => isLogged(level, this.threshold),
            write: (level, text, jobId) => {
                if (isLogged(level, this.threshold)) {
                    this.write(log, this.line(component, level, text, jobId));
                }
            }
        };
    }

    /** The last lines of a log, oldest first. */
    lastLines(log: LogName): readonly string[] {
        return this.recent.get(log)!;
    }

    /** Files of a log that there are, oldest first. */
    files(log: LogName): string[] {
        return this.log(log).files();
    }

    /** The logs' folder. @throws ErrnoException when it cannot be made */
    get folder(): string {
        return this.home.ensure(this.home.logsFolder);
    }

    @preDestroy()
    close(): void {
        if (!this.isClosed) {
            this.isClosed = true;
            this.closeEmitter.fire();
        }
        this.logs.forEach(log => log.close());
    }

    private write(log: LogName, line: string): void {
        const recent = this.recent.get(log)!;
        recent.push(line);
        if (recent.length > MAX_RECENT_LINES) {
            recent.shift();
        }
        this.log(log).write(line);
        this.lineEmitter.fire({ log, line });
    }

    private line(component: string, level: LogLevel, text: string, jobId?: string): string {
        return logLine({ atMs: this.clock.wallNow(), level, component, jobId, text });
    }

    private log(name: LogName): RotatingLog {
        let log = this.logs.get(name);
        if (!log) {
            log = new RotatingLog({
                folder: this.home.logsFolder,
                name: LOG_FILES[name],
                maxBytes: MAX_LOG_BYTES,
                kept: KEPT_LOGS,
                clock: this.clock,
                onBroken: error =>
                    this.problemEmitter.fire(
                        `The log ${LOG_FILES[name]}.log cannot be written: ${error.message}`
                    ),
                lossLine: (count, error) => {
                    const reason = error ? `: ${error.message}` : ', for they came too fast';
                    return this.line('log', 'warn', `${count} lines could not be written${reason}`);
                }
            });
            this.logs.set(name, log);
        }
        return log;
    }
}
