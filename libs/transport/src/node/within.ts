/** The result, or undefined when it takes longer. */
export async function within<T>(timeoutMs: number, result: Promise<T>): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<undefined>(resolve => (timer = setTimeout(resolve, timeoutMs, undefined)));
    try {
        return await Promise.race([result, late]);
    } finally {
        clearTimeout(timer);
    }
}
