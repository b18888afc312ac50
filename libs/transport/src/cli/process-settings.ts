import { setFlagsFromString } from 'node:v8';

/** What the transfer program sets for its process before it does anything; whatever way it was started. */
export function settleProcess(): void {
    // Reading, hashing and flushing wait for each other in four threads. Node looks at this when the first of them is
    // needed.
    process.env['UV_THREADPOOL_SIZE'] ??= '16';
    // V8 lets its heap grow to several times what lives before it looks for garbage: with a million files, to 700 MB.
    setFlagsFromString('--heap-growing-percent=60');
}
