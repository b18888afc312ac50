import { setFlagsFromString } from 'node:v8';

/**
 * How often a function of common size runs before each of V8's two compilers takes it, three and ten times what V8 does
 * by itself. What a transfer of a few seconds would win by it costs more than it brings, on processors that packets,
 * hashes and files need. Transfers that take longer have it compiled all the same.
 */
const COMPILER_FLAGS = ['--invocation-count-for-maglev=1200', '--invocation-count-for-turbofan=30000'];
/** V8 that knows these, and says nothing about them on standard error: that of Node 24. */
const KNOWS_COMPILER_FLAGS = /^13\./;

/** What the transfer program sets for its process before it does anything; whatever way it was started. */
export function settleProcess(): void {
    // Reading, hashing and flushing wait for each other in four threads. Node looks at this when the first of them is
    // needed.
    process.env['UV_THREADPOOL_SIZE'] ??= '16';
    // V8 lets its heap grow to several times what lives before it looks for garbage: with a million files, to 700 MB.
    setFlagsFromString('--heap-growing-percent=60');
    if (KNOWS_COMPILER_FLAGS.test(process.versions.v8)) {
        COMPILER_FLAGS.forEach(flag => setFlagsFromString(flag));
    }
}
