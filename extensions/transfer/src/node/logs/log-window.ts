import { LOG_NAMES, type LogName } from '@connect/api';
import { ConnectError, type Clock, type Disposable } from '@connect/base';
import { FileUri } from '@theia/core/lib/common/file-uri';
import { DisposableCollection } from '@theia/core/lib/common/disposable';
import { MAX_BATCH_LINES, type LogBatch, type LogClient, type LogService } from '../../common/log-protocol';
import type { ConnectLogBook } from './connect-log-book';

/** A window hears at most once in this time. */
export const LOG_INTERVAL_MS = 250;

/** The logs for one window: new lines go there in batches, and only while it follows. */
export class LogWindow implements LogService {
    private readonly waiting = new Map<LogName, string[]>();
    private readonly passedOver = new Map<LogName, number>();
    private readonly toDispose = new DisposableCollection();
    private following: Disposable | undefined;
    private timer: Disposable | undefined;

    constructor(
        private readonly book: ConnectLogBook,
        private readonly client: LogClient,
        private readonly clock: Clock
    ) {
        this.toDispose.push(book.onDidBreak(problem => client.onLogProblem(problem)));
    }

    /** The client is given once and for all to the constructor. */
    setClient(): void {}

    async folder(): Promise<string> {
        try {
            return FileUri.create(this.book.folder).toString();
        } catch (error) {
            throw new ConnectError('files.failed', (error as Error).message, {}, error);
        }
    }

    async follow(): Promise<readonly LogBatch[]> {
        this.following ??= this.book.onDidWrite(({ log, line }) => this.take(log, line));
        this.forget();
        return LOG_NAMES.map(log => ({ log, lines: [...this.book.lastLines(log)], passedOver: 0 }));
    }

    async unfollow(): Promise<void> {
        this.following?.dispose();
        this.following = undefined;
        this.forget();
    }

    dispose(): void {
        void this.unfollow();
        this.toDispose.dispose();
    }

    private take(log: LogName, line: string): void {
        const lines = this.waiting.get(log) ?? [];
        lines.push(line);
        if (lines.length > MAX_BATCH_LINES) {
            lines.shift();
            this.passedOver.set(log, (this.passedOver.get(log) ?? 0) + 1);
        }
        this.waiting.set(log, lines);
        this.timer ??= this.clock.setTimeout(() => this.tell(), LOG_INTERVAL_MS);
    }

    private tell(): void {
        const batches = [...this.waiting].map(([log, lines]) => ({
            log,
            lines,
            passedOver: this.passedOver.get(log) ?? 0
        }));
        this.forget();
        this.client.onLogLines(batches);
    }

    private forget(): void {
        this.timer?.dispose();
        this.timer = undefined;
        this.waiting.clear();
        this.passedOver.clear();
    }
}
