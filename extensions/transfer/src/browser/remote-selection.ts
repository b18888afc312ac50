import type URI from '@theia/core/lib/common/uri';

/** What is chosen in the view of remote places. Bound by the extension that has such a view. */
export interface RemoteSelection {
    /** Chosen files and folders, as `connect:` URIs; roots of accounts are not among them. */
    readonly items: readonly URI[];
    /** The folder that an upload goes to: the chosen folder, or the one that holds the chosen file. */
    readonly folder: URI | undefined;
    /** Shows a remote file or folder in the view. */
    reveal(uri: URI): Promise<void>;
}

export const RemoteSelection = Symbol('RemoteSelection');
