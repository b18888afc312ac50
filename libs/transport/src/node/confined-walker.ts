import { promises as fs } from 'fs';
import { Clock, ConnectError, decodePathBytes, fsPath } from '@connect/base';
import { pathError, systemCode } from './file-errors';
import { HeldDirectory } from './held-directory';
import { ParentCache } from './parent-cache';
import { PathWalker, Pin, Place } from './path-walker';

/** As many links as Linux follows in one path (path_resolution(7)). */
const MAX_LINKS = 40;

/** The folder reached, the folders above it up to the root, and what is left to walk. */
interface Walk {
    /** chain[0] is the root; each is held once. */
    readonly chain: HeldDirectory[];
    /** Components still to come, in order. */
    names: string[];
    links: number;
    /** No link and no `..` so far: the names are the folders' real ones. */
    plain: boolean;
}

/**
 * Walks a path one component at a time from the root and resolves links by hand: a link is only text here, and its
 * components are walked like all others. So whatever is entered was entered from a folder inside the root by its own
 * name. `..` goes back to the folder that was walked through; above the root there is nothing to go back to.
 */
export class ConfinedWalker implements PathWalker {
    private readonly cache: ParentCache;

    constructor(
        private readonly root: () => Promise<HeldDirectory>,
        clock: Clock
    ) {
        this.cache = new ParentCache(clock);
    }

    async find(path: string, follow: boolean): Promise<Place> {
        const names = components(path);
        const root = await this.root();
        const name = names.at(-1);
        const parents = names.slice(0, -1);
        if (name !== undefined && name !== '..' && parents.length > 0) {
            const parent = this.cache.take(parents);
            // A final link needs the folders above for its `..`: then the whole walk is made.
            if (parent && !(follow && (await linkText(parent, name).catch(release(parent))) !== undefined)) {
                return new FoundPlace([parent], name, true, parents.length);
            }
            parent?.release();
        }
        root.retain();
        const walk: Walk = { chain: [root], names, links: 0, plain: true };
        try {
            return await this.walk(walk, path, follow);
        } catch (error) {
            walk.chain.forEach(directory => directory.release());
            throw error;
        }
    }

    async pin(place: Place, directory: boolean): Promise<Pin | undefined> {
        if (!(place instanceof FoundPlace)) {
            throw new ConnectError('internal', 'a place of another store');
        }
        return place.pin(directory);
    }

    checkLinkTarget(target: string, place: Place, path: string): void {
        if (target === '' || target.includes('\0')) {
            throw pathError('transfer.illegal-name', path);
        }
        let depth = place.depth;
        for (const name of isAbsoluteTarget(target) ? ['..'] : target.split('/')) {
            depth += name === '..' ? -1 : name === '' || name === '.' ? 0 : 1;
            if (depth < 0 || isAbsoluteTarget(target)) {
                throw pathError('transfer.outside-root', path);
            }
        }
    }

    forget(path: string, place: Place): void {
        // A path through `..` or a link says nothing about the real names below which folders are kept.
        if (place instanceof FoundPlace && place.plain) {
            this.cache.forget(components(path));
        } else {
            this.cache.clear();
        }
    }

    dispose(): void {
        this.cache.clear();
    }

    private async walk(walk: Walk, path: string, follow: boolean): Promise<Place> {
        for (;;) {
            const name = walk.names.shift();
            const here = walk.chain.at(-1)!;
            if (name === undefined) {
                return new FoundPlace(walk.chain, undefined, walk.plain, walk.chain.length - 1);
            }
            if (name === '..') {
                this.leave(walk, path);
            } else if (walk.names.length === 0) {
                const target = follow ? await linkText(here, name) : undefined;
                if (target === undefined) {
                    this.remember(walk, path);
                    return new FoundPlace(walk.chain, name, walk.plain, walk.chain.length - 1);
                }
                expand(walk, target, path);
            } else {
                await this.enter(walk, here, name, path);
            }
        }
    }

    private async enter(walk: Walk, here: HeldDirectory, name: string, path: string): Promise<void> {
        const directory = await here.enter(name);
        if (directory) {
            walk.chain.push(directory);
            return;
        }
        // Undefined when the link was replaced in between: then the name is simply tried again.
        const target = await linkText(here, name);
        expand(walk, target ?? name, path);
    }

    private leave(walk: Walk, path: string): void {
        walk.plain = false;
        if (walk.chain.length === 1) {
            throw pathError('transfer.outside-root', path);
        }
        walk.chain.pop()!.release();
    }

    private remember(walk: Walk, path: string): void {
        // Only real names can be forgotten again when the store renames or removes what they name.
        if (walk.plain && walk.chain.length > 1) {
            this.cache.put(components(path).slice(0, -1), walk.chain.at(-1)!);
        }
    }
}

class FoundPlace implements Place {
    readonly mayFollow = false;
    readonly isRoot: boolean;
    readonly path: string | Buffer;

    constructor(
        private readonly chain: readonly HeldDirectory[],
        private readonly name: string | undefined,
        readonly plain: boolean,
        readonly depth: number
    ) {
        this.isRoot = name === undefined && depth === 0;
        // `.` makes calls that do not follow links look at the folder, not at the handle's own link in /proc.
        this.path = name === undefined ? fsPath(`${this.parent.path}/.`) : this.parent.child(name);
    }

    verify(): Promise<void> {
        return this.parent.verify();
    }

    async pin(directory: boolean): Promise<Pin | undefined> {
        if (this.name === undefined) {
            const held = this.parent;
            held.retain();
            return { path: fsPath(held.path), release: () => held.release() };
        }
        if (!directory) {
            return this.parent.pin(this.name);
        }
        const entered = await this.parent.enter(this.name);
        return entered && { path: fsPath(entered.path), release: () => entered.release() };
    }

    release(): void {
        this.chain.forEach(held => held.release());
    }

    private get parent(): HeldDirectory {
        return this.chain.at(-1)!;
    }
}

/** The names of a path. Empty ones and `.` mean nothing; a byte 0 would end the path early in the system. */
function components(path: string): string[] {
    if (path.includes('\0')) {
        throw pathError('transfer.illegal-name', path);
    }
    const separator = process.platform === 'win32' ? /[/\\]/ : '/';
    const names = path.split(separator).filter(name => name !== '' && name !== '.');
    if (process.platform === 'win32' && names.some(name => name.includes(':'))) {
        throw pathError('transfer.illegal-name', path);
    }
    return names;
}

function expand(walk: Walk, target: string, path: string): void {
    walk.links += 1;
    walk.plain = false;
    if (walk.links > MAX_LINKS) {
        throw pathError('transfer.link-loop', path);
    }
    if (isAbsoluteTarget(target)) {
        throw pathError('transfer.outside-root', path);
    }
    walk.names = [...components(target), ...walk.names];
}

function isAbsoluteTarget(target: string): boolean {
    return target.startsWith('/') || (process.platform === 'win32' && /^([\\]|[a-z]:)/i.test(target));
}

/** The text of a link; undefined when the entry is something else or is missing. */
async function linkText(directory: HeldDirectory, name: string): Promise<string | undefined> {
    try {
        return decodePathBytes(await fs.readlink(directory.child(name), { encoding: 'buffer' }));
    } catch (error) {
        const code = systemCode(error);
        if (code === 'EINVAL' || code === 'ENOENT' || (process.platform === 'win32' && code === 'UNKNOWN')) {
            return undefined;
        }
        throw error;
    }
}

/** Lets go of a folder when what was asked of it fails. */
function release(directory: HeldDirectory): (error: unknown) => never {
    return error => {
        directory.release();
        throw error;
    };
}
