// Makes the snapshot that libs/transport/bin/connect-cp starts from: node scripts/snapshot.mjs
// The packages must be compiled (`tsc -b`). Says why when it makes none; the program then starts in the usual way.
import { makeSnapshot } from './support/snapshot.mjs';

const failure = await makeSnapshot();
if (failure) {
    console.log(`connect-cp starts in the usual way, as no snapshot was made: ${failure}`);
    process.exitCode = 1;
}
