import { resolve } from 'node:path';
import { REPOSITORY } from '../support/processes';

/** The checkout whose programs are measured: this one, or the one that CONNECT_BENCH_CHECKOUT names. */
export const CHECKOUT = resolve(process.env['CONNECT_BENCH_CHECKOUT'] ?? REPOSITORY);
export const CONNECT_CP = resolve(CHECKOUT, 'libs/transport/bin/connect-cp.js');
export const CONNECT_SERVER = resolve(CHECKOUT, 'server/bin/connect-server.js');
