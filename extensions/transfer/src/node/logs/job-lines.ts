import { parseLogLine } from '@connect/base';
import * as fs from 'node:fs';
import * as readline from 'node:readline';
import type { MonitorLine } from '../../common/monitor-protocol';

/**
 * The last lines about a transfer in some log files, oldest first. A file that cannot be read has none.
 *
 * @param files oldest first
 * @param most how many lines at most
 */
export async function jobLines(
    files: readonly string[],
    jobId: string,
    most: number
): Promise<MonitorLine[]> {
    const found: MonitorLine[] = [];
    for (const file of files) {
        try {
            for await (const line of readline.createInterface({ input: fs.createReadStream(file) })) {
                // most lines are about others: looking for the id is cheaper than reading each as what it is
                const event = line.includes(jobId) ? parseLogLine(line) : undefined;
                if (event?.jobId === jobId) {
                    found.push({ atMs: event.atMs, text: event.text });
                    if (found.length > most * 2) {
                        found.splice(0, found.length - most);
                    }
                }
            }
        } catch (error) {
            const { code } = error as NodeJS.ErrnoException;
            if (code === undefined) {
                throw error;
            }
        }
    }
    return found.slice(-most);
}
