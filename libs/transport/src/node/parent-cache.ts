import { Clock } from '@connect/base';
import { HeldDirectory } from './held-directory';

/** How many folders stay open between operations; handles are scarce, trees are walked folder by folder. */
const MAX_ENTRIES = 32;

/** How long a folder's name is taken to mean what it meant, when another process may have changed it. */
const MAX_AGE_MS = 200;

interface Entry {
    readonly directory: HeldDirectory;
    readonly sinceMs: number;
}

/**
 * Folders that were walked to a moment ago, so that ten thousand files in one folder do not walk to it ten thousand
 * times. It never weakens confinement: what is kept are folders that were inside the root, not names. Only the meaning
 * of a name can be old: by `MAX_AGE_MS` when others change it, not at all when this store does.
 */
export class ParentCache {
    /** Least recently used first. Keys join names with `/`, which no name holds. */
    private readonly entries = new Map<string, Entry>();

    constructor(private readonly clock: Clock) {}

    /** A folder for the caller to release, or undefined when it has to be walked to. */
    take(names: readonly string[]): HeldDirectory | undefined {
        const key = names.join('/');
        const entry = this.entries.get(key);
        if (!entry) {
            return undefined;
        }
        this.entries.delete(key);
        if (this.clock.now() - entry.sinceMs > MAX_AGE_MS) {
            entry.directory.release();
            return undefined;
        }
        this.entries.set(key, entry);
        entry.directory.retain();
        return entry.directory;
    }

    /** Keeps a folder that was just walked to by its real names; the caller goes on owning its own hold. */
    put(names: readonly string[], directory: HeldDirectory): void {
        const key = names.join('/');
        this.drop(key);
        directory.retain();
        this.entries.set(key, { directory, sinceMs: this.clock.now() });
        if (this.entries.size > MAX_ENTRIES) {
            const oldest = this.entries.keys().next();
            if (!oldest.done) {
                this.drop(oldest.value);
            }
        }
    }

    /** Lets go of this folder and of all below it. */
    forget(names: readonly string[]): void {
        const key = names.join('/');
        for (const known of [...this.entries.keys()]) {
            if (known === key || known.startsWith(`${key}/`)) {
                this.drop(known);
            }
        }
    }

    clear(): void {
        [...this.entries.keys()].forEach(key => this.drop(key));
    }

    private drop(key: string): void {
        this.entries.get(key)?.directory.release();
        this.entries.delete(key);
    }
}
