import { ILogger } from '@theia/core/lib/common/logger';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { inject, injectable } from '@theia/core/shared/inversify';
import { transferSettings, TransferPreferences } from '../../common/transfer-preferences';
import { ConnectLogBook } from './connect-log-book';

/** Makes the logs follow the settings, and says where they cannot be written. */
@injectable()
export class LogKeeper implements BackendApplicationContribution {
    @inject(ConnectLogBook) protected readonly book: ConnectLogBook;
    @inject(TransferPreferences) protected readonly preferences: TransferPreferences;
    @inject(ILogger) protected readonly logger: ILogger;

    initialize(): void {
        const { version, platform, pid } = process;
        this.book
            .component('app', 'workbench')
            .write('info', `starts: Node ${version}, ${platform}, process ${pid}`);
        this.book.onDidBreak(problem => void this.logger.error(problem));
        const follow = (): void => {
            const { loggingLevel } = transferSettings(this.preferences);
            if (loggingLevel !== this.book.threshold) {
                this.book.threshold = loggingLevel;
                this.book.component('app', 'log').write('info', `the logs tell ${loggingLevel} from now on`);
            }
        };
        void this.preferences.ready.then(follow);
        this.preferences.onPreferenceChanged(follow);
    }

    onStop(): void {
        this.book.close();
    }
}
