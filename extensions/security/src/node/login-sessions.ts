import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import * as fs from 'node:fs';
import { writePrivateFile } from './connect-home';

/** A login lasts this long, then the printed address is needed again. */
export const SESSION_LIFETIME_MS = 7 * 24 * 3600 * 1000;
const TOKEN_BYTES = 32;

/**
 * Who is logged in. Only hashes of session ids are kept, in memory and in `file`, so that a restart of the backend does
 * not log anybody out and the file is of no use to who reads it.
 */
export class LoginSessions {
    private readonly expiryByHash: Map<string, number>;

    constructor(
        private readonly file: string,
        nowMs: number
    ) {
        this.expiryByHash = readSessions(file);
        this.dropExpired(nowMs);
    }

    /** A new session's id, for the cookie. */
    create(nowMs: number): string {
        const id = newToken();
        this.expiryByHash.set(hashOf(id), nowMs + SESSION_LIFETIME_MS);
        this.dropExpired(nowMs);
        this.save();
        return id;
    }

    /** Hash by which the live session of `id` is known; undefined when there is none. */
    find(id: string | undefined, nowMs: number): string | undefined {
        if (id === undefined) {
            return undefined;
        }
        const hash = hashOf(id);
        return (this.expiryByHash.get(hash) ?? 0) > nowMs ? hash : undefined;
    }

    end(hash: string): void {
        if (this.expiryByHash.delete(hash)) {
            this.save();
        }
    }

    private dropExpired(nowMs: number): void {
        for (const [hash, expiryMs] of this.expiryByHash) {
            if (expiryMs <= nowMs) {
                this.expiryByHash.delete(hash);
            }
        }
    }

    private save(): void {
        writePrivateFile(this.file, JSON.stringify(Object.fromEntries(this.expiryByHash)));
    }
}

/** 256 random bits as URL-safe text. */
export function newToken(): string {
    return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** Compares without telling by its time where the difference is. */
export function equalSecrets(left: string, right: string): boolean {
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(left), digest(right));
}

function hashOf(id: string): string {
    return createHash('sha256').update(id).digest('hex');
}

/** A file that is missing or damaged means that nobody is logged in. */
function readSessions(file: string): Map<string, number> {
    try {
        const value: unknown = JSON.parse(fs.readFileSync(file, 'utf8'));
        const entries = Object.entries(value ?? {}).filter(
            (entry): entry is [string, number] =>
                /^[0-9a-f]{64}$/.test(entry[0]) && typeof entry[1] === 'number'
        );
        return new Map(entries);
    } catch (error) {
        if (error instanceof SyntaxError || (error as NodeJS.ErrnoException).code === 'ENOENT') {
            return new Map();
        }
        throw error;
    }
}
