// Child processes that live and end together.
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { node } from './workspace.mjs';

const END_WITH_PARENT = new URL('end-with-parent.mjs', import.meta.url).href;
const STOP_TIMEOUT_MS = 8_000;
const LINES_KEPT = 20;

/** Starts processes, writes what they say to log files, and ends all of them when one ends or this process is told to. */
export class Processes {
    #running = new Map();
    #stopping = false;
    #logs;

    constructor(logs) {
        this.#logs = logs;
        mkdirSync(logs, { recursive: true, mode: 0o700 });
        for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
            process.on(signal, () => void this.stop(0));
        }
    }

    /** Runs a script of Node. `title` is for people and names the log file. The child has an IPC channel to this process. */
    start(title, script, args, options) {
        const log = createWriteStream(join(this.#logs, `${title.replaceAll(' ', '-')}.log`), { mode: 0o600 });
        // a group of its own: Ctrl-C in the terminal reaches this process only, which ends its children in order
        const child = spawn(node, ['--import', END_WITH_PARENT, script, ...args], {
            ...options,
            detached: true,
            stdio: ['ignore', 'pipe', 'pipe', 'ipc']
        });
        this.#running.set(child, new Promise(resolve => child.once('exit', resolve)));
        const output = new Output(child, log);
        child.once('error', error => void this.fail(`The ${title} could not be started: ${error.message}`));
        child.once('exit', (code, signal) => {
            this.#running.delete(child);
            killGroup(child.pid);
            void this.fail(
                `The ${title} ended by itself (${signal ?? `exit code ${code}`}).${output.tail()}`
            );
        });
        return output;
    }

    /** Says why, then ends everything. */
    async fail(reason) {
        if (!this.#stopping) {
            console.error(`\n${reason}`);
            await this.stop(1);
        }
    }

    /** Ends what runs, by force what does not end in time, and then this process. */
    async stop(exitCode) {
        if (this.#stopping) {
            return;
        }
        this.#stopping = true;
        const timer = setTimeout(() => this.#signal('SIGKILL'), STOP_TIMEOUT_MS);
        this.#signal('SIGTERM');
        await Promise.all(this.#running.values());
        clearTimeout(timer);
        process.exit(exitCode);
    }

    #signal(name) {
        for (const child of this.#running.keys()) {
            child.kill(name);
        }
    }
}

/** Ends what a program that is gone left behind: its children are in its process group. */
function killGroup(pid) {
    try {
        process.kill(-pid, 'SIGKILL');
    } catch (error) {
        if (error.code !== 'ESRCH') {
            throw error;
        }
    }
}

/** What one child says. */
class Output {
    #child;
    #lines = [];
    #waiting = new Set();

    constructor(child, log) {
        this.#child = child;
        for (const stream of [child.stdout, child.stderr]) {
            stream.pipe(log, { end: false });
            let rest = '';
            stream.setEncoding('utf8').on('data', text => {
                const lines = (rest + text).split('\n');
                rest = lines.pop();
                lines.forEach(line => this.#take(line));
            });
        }
    }

    onMessage(listener) {
        this.#child.on('message', listener);
    }

    /** Resolves with the match of the first line that has one, also of a line that was said before. */
    untilLine(pattern) {
        const known = this.#lines.map(line => pattern.exec(line)).find(match => match);
        return known ?? new Promise(resolve => this.#waiting.add({ pattern, resolve }));
    }

    /** The last lines, for a message about an unexpected end. */
    tail() {
        return this.#lines.length === 0 ? '' : ` The last it said:\n${this.#lines.join('\n')}`;
    }

    #take(line) {
        this.#lines = [...this.#lines, line].slice(-LINES_KEPT);
        for (const waiting of this.#waiting) {
            const match = waiting.pattern.exec(line);
            if (match) {
                this.#waiting.delete(waiting);
                waiting.resolve(match);
            }
        }
    }
}
