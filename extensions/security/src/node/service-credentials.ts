import { AccountSecrets } from '@connect/api';
import * as fs from 'node:fs';
import * as path from 'node:path';

/** A key file has some kilobytes. */
const MAX_BYTES = 1_000_000;

/** Name of the credential of an account. */
export function serviceCredentialName(accountId: string): string {
    return `connect.${accountId}`;
}

/**
 * Secrets that a service manager keeps for an account: the file `connect.ID` in the folder that systemd names in
 * `CREDENTIALS_DIRECTORY`, which is in memory and readable by the service alone. It holds a password, or a JSON object
 * by option key (`password`, `privateKey`, `passphrase`, `token`). Empty where there is none, or none that can be read.
 */
export function serviceSecrets(accountId: string, env: NodeJS.ProcessEnv = process.env): AccountSecrets {
    const folder = env.CREDENTIALS_DIRECTORY;
    if (!folder || !path.isAbsolute(folder)) {
        return {};
    }
    const text = readCredential(path.join(folder, serviceCredentialName(accountId)));
    if (text === undefined || text === '') {
        return {};
    }
    return text.startsWith('{') ? parseSecrets(text) : { password: text.replace(/\r?\n$/, '') };
}

/** Secrets of a JSON object by option key; what is no text is left out, and what is no such object is empty. */
export function parseSecrets(text: string): AccountSecrets {
    let value: unknown;
    try {
        value = JSON.parse(text);
    } catch (error) {
        if (!(error instanceof SyntaxError)) {
            throw error;
        }
    }
    if (typeof value !== 'object' || value === null) {
        return {};
    }
    return Object.fromEntries(
        Object.entries(value).filter((entry): entry is [string, string] => typeof entry[1] === 'string')
    );
}

function readCredential(file: string): string | undefined {
    try {
        const { size } = fs.statSync(file);
        return size > MAX_BYTES ? undefined : fs.readFileSync(file, 'utf8');
    } catch (error) {
        // whoever needs the password asks for it, as without a service manager
        if ((error as NodeJS.ErrnoException).code !== undefined) {
            return undefined;
        }
        throw error;
    }
}
