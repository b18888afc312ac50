import { ConnectError } from '@connect/base';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { BackendClient } from '../node/command/backend-client';
import { commandPaths, ensurePrivateFolder } from '../node/command/command-paths';
import { EXIT } from './exit-code';

const POLL_MS = 50;
/** A backend that was started answers within this time, also on a slow disk. */
const START_MS = 40_000;
const MAX_LOG_BYTES = 5_000_000;

/** What starting a backend takes. */
export interface StartOptions {
    /** Folder of Connect. */
    readonly home: string;
    /** The script that runs, to be run again as `SCRIPT backend`. */
    readonly script: string;
    readonly environment: NodeJS.ProcessEnv;
}

/** The log of backends that commands start. */
export function backendLog(home: string): string {
    return path.join(home, 'logs', 'backend.log');
}

/**
 * The backend that has the transfers; where there is none, one without windows is started. Several commands may do so
 * at once: of the backends they start all but one end, and the commands find the one that is left.
 * Rejects with `transfer.backend-missing`.
 */
export async function openOrStart(options: StartOptions): Promise<BackendClient> {
    const paths = commandPaths(options.home);
    const known = await BackendClient.open(paths);
    if (known) {
        return known;
    }
    fs.mkdirSync(options.home, { recursive: true, mode: 0o700 });
    ensurePrivateFolder(paths.folder);
    const child = launch(options);
    const untilMs = Date.now() + START_MS;
    for (;;) {
        const client = await BackendClient.open(paths);
        if (client) {
            child.unref();
            return client;
        }
        const isGone = child.exitCode !== null || child.signalCode !== null;
        // it ends as well when another one was first, which then answers
        const isFailed = isGone && child.exitCode !== EXIT.done && child.exitCode !== EXIT.noBackend;
        if (Date.now() > untilMs || isFailed) {
            child.unref();
            throw new ConnectError(
                'transfer.backend-missing',
                `The backend ${isFailed ? 'ended as it started' : 'does not answer'}: see ${backendLog(options.home)}`
            );
        }
        await new Promise(resolve => setTimeout(resolve, POLL_MS));
    }
}

/** Of a session of its own, so that the end of the terminal is not its end. */
function launch({ home, script, environment }: StartOptions): ChildProcess {
    const file = backendLog(home);
    fs.mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    if ((fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES) {
        fs.renameSync(file, `${file}.1`);
    }
    const log = fs.openSync(file, 'a', 0o600);
    try {
        const child = spawn(process.execPath, [script, 'backend'], {
            detached: true,
            stdio: ['ignore', log, log],
            cwd: home,
            env: { ...environment, CONNECT_HOME: home },
            windowsHide: true
        });
        child.on('error', () => undefined);
        return child;
    } finally {
        fs.closeSync(log);
    }
}
