import 'reflect-metadata';
import { TemporaryHome } from '@connect/security/lib/testing/temporary-home';
import { TransferPreferences } from '@connect/transfer/lib/common/transfer-preferences';
import { ConnectLogBook } from '@connect/transfer/lib/node/logs/connect-log-book';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import syncBackendModule from './sync-backend-module';

describe('log of the sync', () => {
    it('is there from the start of the backend on, follows the level, and says the end', async () => {
        const home = new TemporaryHome();
        const container = home.container(ConnectLogBook);
        let changed: () => void = () => undefined;
        const values = {
            'connect.general.loggingLevel': 'info',
            ready: Promise.resolve(),
            onPreferenceChanged: (listener: () => void) => (changed = listener)
        };
        container.bind(TransferPreferences).toConstantValue(values as unknown as TransferPreferences);
        container.load(syncBackendModule);
        try {
            const contribution = container.get<BackendApplicationContribution>(
                BackendApplicationContribution
            );
            contribution.initialize?.();
            await values.ready;
            changed();
            values['connect.general.loggingLevel'] = 'debug';
            changed();
            const book = container.get(ConnectLogBook);
            book.close();
            book.close();
            const lines = fs.readFileSync(join(home.root, 'logs', 'connect-sync.log'), 'utf8').split('\n');
            expect(lines.map(line => line.slice(25))).to.deep.equal([
                `INFO  sync - starts: process ${process.pid}`,
                'INFO  sync - the log tells debug from now on',
                'INFO  sync - ends',
                ''
            ]);
        } finally {
            home.remove();
        }
    });
});
