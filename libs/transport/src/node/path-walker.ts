/** Where an entry is: a parent folder that is settled, and a last name that need not exist. */
export interface Place {
    /** What `node:fs` is given. No component before the last is a symbolic link any more, unless `mayFollow`. */
    readonly path: string | Buffer;
    /** The root itself: it can be looked at, but not renamed or removed. */
    readonly isRoot: boolean;
    /** Number of folders between the root and the entry: 0 for the root's own entries. */
    readonly depth: number;
    /** Whether the system may resolve a final symbolic link by itself: only without confinement. */
    readonly mayFollow: boolean;
    /** Fails with `transfer.outside-root` when the parent is not where it was found; to be called after an open. */
    verify(): Promise<void>;
    release(): void;
}

/** An entry that is held, so that a path to it may be given to calls that follow links. */
export interface Pin {
    readonly path: string | Buffer;
    release(): void;
}

/** How a store turns the paths it is given into something `node:fs` can work on. */
export interface PathWalker {
    /** With `follow`, final symbolic links are replaced by what they point to. */
    find(path: string, follow: boolean): Promise<Place>;
    /** Holds the entry itself; undefined when it is a symbolic link (by now). */
    pin(place: Place, directory: boolean): Promise<Pin | undefined>;
    /** Refuses link texts that would lead out of the root from there. */
    checkLinkTarget(target: string, place: Place, path: string): void;
    /** The store has changed what this path means. */
    forget(path: string, place: Place): void;
    dispose(): void;
}
