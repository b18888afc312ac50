import type { ComponentLog } from '@connect/api';
import { transferSettings, TransferPreferences } from '@connect/transfer/lib/common/transfer-preferences';
import { ConnectLogBook } from '@connect/transfer/lib/node/logs/connect-log-book';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { inject, injectable } from '@theia/core/shared/inversify';

/** The log of the sync as a whole: that it begins and ends, and how much is told from when on. */
@injectable()
export class SyncLog implements BackendApplicationContribution {
    @inject(ConnectLogBook) protected readonly book: ConnectLogBook;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;

    initialize(): void {
        const log = this.book.component('sync', 'sync');
        log.write('info', `starts: process ${process.pid}`);
        this.book.onWillClose(() => log.write('info', 'ends'));
        this.tellLevel(log);
    }

    private tellLevel(log: ComponentLog): void {
        let told = this.book.threshold;
        const tell = (): void => {
            const { loggingLevel } = transferSettings(this.preferences);
            if (loggingLevel !== told) {
                told = loggingLevel;
                log.write('info', `the log tells ${loggingLevel} from now on`);
            }
        };
        void this.preferences.ready.then(tell);
        this.preferences.onPreferenceChanged(tell);
    }
}
