import type { SeenVersion } from '../common/remote-file-protocol';

/**
 * Which version of a remote file this window knows, so that saving never covers up another person's change.
 *
 * The file service already asks the user when a file became younger than the editor's version; what it cannot see is a
 * change that leaves the time as it was (whole seconds in SFTP) or turns it back. For those the version that was last
 * read or written is kept here and sent along with the write. A younger version that the file service saw replaces it:
 * from then on the decision is the user's.
 */
export class SeenVersions {
    private readonly versions = new Map<string, SeenVersion>();

    /** Content of this version was read into, or written from, this window. */
    onContent(uri: string, version: SeenVersion): void {
        this.versions.set(uri, version);
    }

    /** The file service looked at the file; it compares times itself. */
    onStat(uri: string, version: SeenVersion): void {
        const known = this.versions.get(uri);
        if (known && version.modifiedMs > known.modifiedMs) {
            this.versions.set(uri, version);
        }
    }

    /** The user was told about this version; saving again is consent to replace it. */
    onConflict(uri: string, version: SeenVersion): void {
        this.versions.set(uri, version);
    }

    /** What a write expects to find; undefined when this window has never seen the file. */
    expected(uri: string): SeenVersion | undefined {
        return this.versions.get(uri);
    }

    forget(uri: string): void {
        this.versions.delete(uri);
    }
}
