import type { LogBook } from '@connect/api';
import type { LogLevel } from '@connect/base';
import type { TransferMonitors } from '../transfer-monitors';

/** Writes a line about transfers, or about one of them. */
export type JobLog = (level: LogLevel, text: string, id?: string) => void;

/** What `component` writes into the log of transfers; the monitor of the job hears of it as well. */
export function jobLog(book: LogBook, monitors: TransferMonitors, component: string): JobLog {
    const log = book.component('transfer', component);
    return (level, text, id) => {
        if (log.isOn(level)) {
            log.write(level, text, id);
            if (id !== undefined) {
                monitors.line(id, text);
            }
        }
    };
}
