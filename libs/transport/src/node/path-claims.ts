import { ConnectError } from '@connect/base';
import { PartialSuffixes, plainNames } from '../proto/partial-names';
import { joinPath } from '../proto/placement';
import { IncomingFile, NO_PATHS } from './incoming-file';

/** Somebody uses a path: the entry that will be called so, or a file whose unfinished form is. */
class Claim {
    private waiting: Array<() => void> | undefined;
    private isReleased = false;

    constructor(
        readonly owner: IncomingFile,
        readonly isTarget: boolean
    ) {}

    /** Resolves when it is released; hardly anybody ever waits. */
    async released(): Promise<void> {
        if (!this.isReleased) {
            await new Promise<void>(resolve => (this.waiting ??= []).push(resolve));
        }
    }

    release(): void {
        this.isReleased = true;
        this.waiting?.forEach(resolve => resolve());
        this.waiting = undefined;
    }
}

/** Which paths below the destination the files of this run use, so that none of them gets into the way of another. */
export class PathClaims {
    private readonly claims = new Map<string, Claim>();
    /** Targets of this run that are called like unfinished files: real content, never to be removed as a left-over. */
    private readonly lookalikes = new Set<string>();
    private isStopped = false;

    constructor(private readonly suffixes: PartialSuffixes) {}

    /** Nobody waits any more. */
    stop(): void {
        this.isStopped = true;
        this.claims.forEach(claim => claim.release());
    }

    /** Whether another file uses the path, or it is delivered by this run. */
    isTaken(path: string, by: IncomingFile): boolean {
        const claim = this.claims.get(path);
        return (claim !== undefined && claim.owner !== by) || this.lookalikes.has(path);
    }

    /** As {@link claimTarget} where nobody uses the path; false where that has to be waited for. */
    claimFreeTarget(file: IncomingFile, path: string): boolean {
        const isFree = !this.claims.has(path);
        if (isFree) {
            this.take(file, path);
        }
        return isFree;
    }

    /** Waits while the path is the unfinished form of another file. @throws `transfer.exists` for a second entry. */
    async claimTarget(file: IncomingFile, path: string): Promise<void> {
        for (let other = this.claims.get(path); other && !this.isStopped; other = this.claims.get(path)) {
            // What is replaced lets go as soon as its remains are put away.
            if (other.isTarget && other.owner.state !== 'replaced') {
                throw new ConnectError(
                    'transfer.exists',
                    `Another file of this transfer is already called ${path}`
                );
            }
            await other.released();
        }
        this.take(file, path);
    }

    private take(file: IncomingFile, path: string): void {
        this.claim(file, path, true);
        if (path.endsWith(this.suffixes.partial) || path.endsWith(this.suffixes.checkpoint)) {
            this.lookalikes.add(path);
        }
    }

    /** The plain names, before anything is looked at, so that no entry of such a name gets in between. */
    claimPlainNames(file: IncomingFile, folder: string): void {
        const plain = plainNames(file.name, this.suffixes);
        const paths = plain ? [plain.partial, plain.checkpoint].map(name => joinPath(folder, name)) : [];
        if (!paths.some(path => this.claims.has(path) || this.lookalikes.has(path))) {
            paths.forEach(path => this.claim(file, path, false));
        }
    }

    /** A path of the unfinished form. */
    claimUnfinished(file: IncomingFile, path: string): void {
        this.claim(file, path, false);
    }

    release(file: IncomingFile): void {
        const { claims } = file;
        file.claims = NO_PATHS;
        for (const path of claims) {
            const claim = this.claims.get(path);
            if (claim?.owner === file) {
                this.claims.delete(path);
                claim.release();
            }
        }
    }

    private claim(owner: IncomingFile, path: string, isTarget: boolean): void {
        if (this.claims.get(path)?.owner === owner) {
            return;
        }
        this.claims.set(path, new Claim(owner, isTarget));
        owner.claims = owner.claims === NO_PATHS ? [path] : [...owner.claims, path];
    }
}
