import { injectable } from '@theia/core/shared/inversify';
import * as fs from 'node:fs';
import * as path from 'node:path';
import { connectHomePath } from './connect-home-path';

export { connectHomePath };

const OWNER_ONLY_FOLDER = 0o700;

/**
 * Makes Theia keep its settings in the same folder. Theia reads the variable when its container is filled, so this
 * runs when the backend module is loaded.
 */
export function useConnectHomeForTheia(env: NodeJS.ProcessEnv = process.env): void {
    env.THEIA_CONFIG_DIR ??= connectHomePath(env);
}

/** The places below the user's Connect folder. Folders are made at first use, for the owner only. */
@injectable()
export class ConnectHome {
    readonly root: string = connectHomePath();

    /** SQLite database of accounts, jobs and whatever else must survive a restart. */
    get databaseFile(): string {
        return path.join(this.root, 'connectdb.data');
    }

    get logsFolder(): string {
        return path.join(this.root, 'logs');
    }

    /** Things that only mean something while the backend runs, or that a next run may throw away. */
    get runFolder(): string {
        return path.join(this.root, 'var', 'run');
    }

    /** Makes `folder`, which lies below the root, and returns it. */
    ensure(folder: string = this.root): string {
        fs.mkdirSync(this.root, { recursive: true, mode: OWNER_ONLY_FOLDER });
        fs.mkdirSync(folder, { recursive: true, mode: OWNER_ONLY_FOLDER });
        return folder;
    }
}

/**
 * Replaces `file` as a whole, readable by its owner only. A crash leaves the old content or the new, never a mixture.
 */
export function writePrivateFile(file: string, content: string): void {
    const temporary = `${file}.${process.pid}.new`;
    fs.rmSync(temporary, { force: true });
    fs.writeFileSync(temporary, content, { mode: 0o600, flag: 'wx' });
    fs.renameSync(temporary, file);
}
