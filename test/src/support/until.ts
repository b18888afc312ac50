const POLL_MS = 50;

/**
 * Waits for what comes by itself, by looking again and again: a line in a log, a value of a field.
 *
 * @param what for the error, when it has not come within `waitMs`
 */
export async function until(
    test: () => boolean | Promise<boolean>,
    what: string,
    waitMs = 60_000
): Promise<void> {
    for (const endMs = performance.now() + waitMs; !(await test());) {
        if (performance.now() > endMs) {
            throw new Error(`Not within ${waitMs} ms: ${what}`);
        }
        await new Promise(next => setTimeout(next, POLL_MS));
    }
}
