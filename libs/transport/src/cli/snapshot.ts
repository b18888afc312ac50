/**
 * Where a snapshot of the transfer program begins. All that a transfer and its far end need is loaded when it is made;
 * whoever runs it finds that in memory. `scripts/snapshot.mjs` makes it, `bin/connect-cp` runs it.
 */
import { startupSnapshot } from 'node:v8';
import '../node/packet-io-choice';
import './run-transfer';
import './serve';
import { main } from './main';
import { parseCommandLine } from './options';
import { settleProcess } from './process-settings';

// what has run once is kept compiled
parseCommandLine(['-q', '-P', '1', '-i', 'key', '-l', '1M', 'file', 'user@host:/'], {
    folder: '/',
    localUser: 'user',
    nowSeconds: 0,
    readFile: () => Buffer.alloc(0)
});

startupSnapshot.setDeserializeMainFunction(() => {
    settleProcess();
    void main(process.argv.slice(2));
});
