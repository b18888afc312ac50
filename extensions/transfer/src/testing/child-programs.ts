import type { RunningEngineProgram } from '@connect/api/lib/testing/describe-transfer-engine';
import * as fs from 'node:fs';

/** The processes that this one has started and that still run, as /proc shows them; only where there is one. */
export function childPrograms(): RunningEngineProgram[] {
    const pids = fs.readdirSync('/proc').filter(name => /^\d+$/.test(name));
    return pids.flatMap(name => {
        const read = (file: string): string => fs.readFileSync(`/proc/${name}/${file}`, 'utf8');
        try {
            // after the name in parentheses, which may hold anything: state, then the parent; proc(5)
            const [state, parent] = read('stat')
                .replace(/^.*\) /s, '')
                .split(' ');
            return Number(parent) === process.pid && state !== 'Z'
                ? [{ pid: Number(name), commandLine: read('cmdline').replaceAll('\0', ' ') }]
                : [];
        } catch (error) {
            const errno = (error as NodeJS.ErrnoException).code;
            if (errno === 'ENOENT' || errno === 'ESRCH') {
                return [];
            }
            throw error;
        }
    });
}
