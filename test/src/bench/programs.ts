import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { REPOSITORY } from '../support/processes';

/** The checkout whose programs are measured: this one, or the one that CONNECT_BENCH_CHECKOUT names. */
export const CHECKOUT = resolve(process.env['CONNECT_BENCH_CHECKOUT'] ?? REPOSITORY);
const SNAPSHOT = resolve(CHECKOUT, 'libs/transport/dist/snapshot/connect-cp.blob');
/** How connect-cp is called: by its launcher where there is a snapshot to start from. */
export const CONNECT_CP: readonly string[] = existsSync(SNAPSHOT)
    ? [resolve(CHECKOUT, 'libs/transport/bin/connect-cp')]
    : [process.execPath, resolve(CHECKOUT, 'libs/transport/bin/connect-cp.js')];
export const CONNECT_SERVER = resolve(CHECKOUT, 'server/bin/connect-server.js');
