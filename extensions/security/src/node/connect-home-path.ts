import * as os from 'node:os';
import * as path from 'node:path';

/** Folder of everything Connect keeps for this user: `CONNECT_HOME`, else `~/.connect`. */
export function connectHomePath(env: NodeJS.ProcessEnv = process.env): string {
    return path.resolve(env.CONNECT_HOME || path.join(os.homedir(), '.connect'));
}
