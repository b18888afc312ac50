import { execFile } from 'node:child_process';

const ANSWER_MS = 5_000;
const MAX_BYTES = 64 * 1024;

/**
 * What a program prints when it is only asked about itself. Rejects when it does not start, takes longer than some
 * seconds, or ends with an error.
 */
export function outputOf(file: string, args: readonly string[]): Promise<string> {
    const options = {
        timeout: ANSWER_MS,
        maxBuffer: MAX_BYTES,
        env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
        windowsHide: true
    };
    return new Promise((resolve, reject) =>
        execFile(file, [...args], options, (error, stdout) => (error ? reject(error) : resolve(stdout)))
    );
}
