/**
 * Where a snapshot of the transfer program begins. All that a transfer and its far end need is loaded when it is made;
 * whoever runs it finds that in memory. `scripts/snapshot.mjs` makes it, `bin/connect-cp` runs it.
 */
import { startupSnapshot } from 'node:v8';
import '../node/packet-io-choice';
import './run-transfer';
import './serve';
import { main } from './main';
import { settleProcess } from './process-settings';

/** For another instance of this script: what has run in one of them is kept compiled. */
export { rehearse } from '../rehearsal/rehearse';

/** The process that runs the snapshot begins here. */
export function begin(): void {
    startupSnapshot.setDeserializeMainFunction(() => {
        settleProcess();
        void main(process.argv.slice(2));
    });
}
