import { ConnectError, ERROR_CATALOG, formatCount } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { AccountModel } from '@connect/security/lib/browser/account-model';
import type { Account } from '@connect/security/lib/common/account-protocol';
import { parseRemoteUri, remoteUri } from '@connect/security/lib/common/remote-uri';
import {
    CompositeTreeNode,
    ExpandableTreeNode,
    SelectableTreeNode,
    TreeNode
} from '@theia/core/lib/browser/tree';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import { DirNode, FileStatNode, FileTree } from '@theia/filesystem/lib/browser';
import { FileStat, FileType } from '@theia/filesystem/lib/common/files';
import { RemoteFolder } from '../common/remote-file-protocol';
import { RemoteFileSystemProvider } from './remote-file-system-provider';

export const REMOTE_ROOT_ID = 'connect-remote-root';

/** How an account stands, as its last listing found it. */
export type AccountState = 'idle' | 'connecting' | 'connected' | 'signed-out' | 'offline' | 'failed';

/** As rows tell it. */
export const STATE_WORDS: Readonly<Record<AccountState, string>> = {
    idle: '',
    connecting: 'connecting…',
    connected: 'connected',
    'signed-out': 'signed out',
    offline: 'offline',
    failed: 'failed'
};

/** One account; a folder like any other, and the root of its files. */
export interface AccountNode extends DirNode {
    account: Account;
    accountState: AccountState;
}

export function isAccountNode(node: unknown): node is AccountNode {
    return FileStatNode.is(node) && 'account' in node;
}

/** A row that says something about its folder. `retry` makes opening it list the folder again. */
export interface StatusNode extends SelectableTreeNode {
    readonly status: 'empty' | 'partial' | 'offline' | 'failed';
    readonly message: string;
    readonly detail?: string;
    readonly retry?: string;
}

export function isStatusNode(node: unknown): node is StatusNode {
    return TreeNode.is(node) && 'status' in node && 'message' in node;
}

/** A folder of the tree whose rows may be older than the server's: its last listing failed. */
export interface StaleNode extends DirNode {
    stale: boolean;
}

export function isStale(node: TreeNode | undefined): boolean {
    return DirNode.is(node) && (node as StaleNode).stale;
}

/**
 * Accounts at the top, their folders below, listed when they are opened. A folder that cannot be listed keeps the rows
 * it had (marked as stale) when the connection is the reason, and tells the reason in a row of its own.
 */
@injectable()
export class RemoteTree extends FileTree {
    @inject(AccountModel) protected readonly accounts: AccountModel;
    @inject(AccountActions) protected readonly accountActions: AccountActions;
    @inject(RemoteFileSystemProvider) protected readonly provider: RemoteFileSystemProvider;

    private quiet = 0;
    /** Folder that the user wants listed, until its listing begins. */
    private asked: DirNode | undefined;
    private begun = 0;
    /** Which of the listings that were begun a folder shows. */
    private readonly shown = new WeakMap<TreeNode, number>();

    /** Lists again without asking the user anything: for what happens by itself. */
    async refreshQuietly(parent: CompositeTreeNode): Promise<void> {
        this.quiet++;
        try {
            await this.refresh(parent);
        } finally {
            this.quiet--;
        }
    }

    /** The listing of `folder` that is begun next, in the same turn, is the user's, whatever lists by itself meanwhile. */
    ask(folder: CompositeTreeNode): void {
        this.asked = DirNode.is(folder) ? folder : undefined;
    }

    override async resolveChildren(parent: CompositeTreeNode): Promise<TreeNode[]> {
        if (parent.id === REMOTE_ROOT_ID) {
            return this.accounts.accounts.map(account => this.toAccountNode(account, parent));
        }
        return DirNode.is(parent) ? this.listLatest(parent) : [...parent.children];
    }

    /** An answer that was overtaken by that to a later question says less than what is shown, and changes nothing. */
    private async listLatest(parent: DirNode): Promise<TreeNode[]> {
        const turn = ++this.begun;
        const rows = await this.listFolder(parent);
        if (turn < (this.shown.get(parent) ?? 0)) {
            return [...parent.children];
        }
        this.shown.set(parent, turn);
        return rows;
    }

    protected override toNodeId(uri: URI): string {
        return uri.toString();
    }

    private toAccountNode(account: Account, parent: CompositeTreeNode): AccountNode {
        const uri = new URI(remoteUri(account.id, '/'));
        const known = this.getNode(uri.toString());
        if (isAccountNode(known)) {
            known.account = account;
            return known;
        }
        return {
            id: uri.toString(),
            uri,
            account,
            accountState: 'idle',
            fileStat: FileStat.fromStat(uri, { type: FileType.Directory }),
            parent,
            children: [],
            expanded: false,
            selected: false
        };
    }

    /** Whether a listing that begins now may ask the user: what is listed by itself is what was open before. */
    private mayAsk(folder: DirNode): boolean {
        const isAsked = this.asked === folder;
        this.asked = undefined;
        return isAsked || this.quiet === 0 || !folder.expanded;
    }

    private async listFolder(parent: DirNode): Promise<TreeNode[]> {
        const mayAsk = this.mayAsk(parent);
        const account = this.accountOf(parent);
        const wasConnected = account?.accountState === 'connected';
        if (account && !wasConnected) {
            this.setState(account, 'connecting');
        }
        try {
            const list = (): Promise<RemoteFolder> => this.provider.listFolder(parent.uri);
            const folder = await (mayAsk
                ? this.accountActions.withAccount(parent.uri.authority, list)
                : list());
            this.setState(account, 'connected');
            this.setStale(parent, false);
            return this.toRows(parent, folder);
        } catch (raised) {
            const error = declined(ConnectError.from(raised));
            const state = stateAfter(error);
            this.setState(account, state ?? (wasConnected ? 'connected' : 'failed'));
            const keeps = state === 'offline' && parent.children.length > 0;
            this.setStale(parent, keeps);
            const rows = keeps ? parent.children.filter(child => !isStatusNode(child)) : [];
            return [failureRow(parent, error, state), ...rows];
        }
    }

    private async toRows(parent: DirNode, folder: RemoteFolder): Promise<TreeNode[]> {
        const children = folder.files.map(file =>
            FileStat.fromStat(new URI(file.uri), this.provider.toStat(file, folder.capabilities))
        );
        const fileStat = FileStat.fromStat(parent.uri, { type: FileType.Directory });
        fileStat.children = children;
        parent.fileStat = fileStat;
        const rows: TreeNode[] = await this.toNodes(fileStat, parent);
        if (rows.length === 0) {
            return [statusRow(parent, 'empty', 'Empty folder')];
        }
        if (folder.truncated) {
            const shown = formatCount(rows.length);
            rows.push(
                statusRow(parent, 'partial', `The first ${shown} items are shown`, {
                    detail: 'The setting “Remote View Max Items” says how many are.'
                })
            );
        }
        return rows;
    }

    private accountOf(node: TreeNode): AccountNode | undefined {
        const authority = FileStatNode.is(node) ? node.uri.authority : '';
        const account = this.getNode(remoteUri(authority, '/'));
        return isAccountNode(account) ? account : undefined;
    }

    private setState(node: AccountNode | undefined, state: AccountState): void {
        if (node && node.accountState !== state) {
            node.accountState = state;
            this.onDidUpdateEmitter.fire([node]);
        }
    }

    private setStale(node: DirNode, stale: boolean): void {
        (node as StaleNode).stale = stale;
    }
}

/** A question that the user did not answer is still the reason. */
function declined(error: ConnectError): ConnectError {
    return error.code === 'cancelled' && ConnectError.is(error.cause) ? error.cause : error;
}

/** What a failure says about the account as a whole; undefined when it concerns the folder alone. */
export function stateAfter(error: ConnectError): AccountState | undefined {
    if (error.kind === 'needs-user') {
        return 'signed-out';
    }
    if (error.kind === 'transient') {
        return 'offline';
    }
    return error.code.startsWith('files.') ? undefined : 'failed';
}

function failureRow(parent: DirNode, error: ConnectError, state: AccountState | undefined): StatusNode {
    const { title, remedy } = ERROR_CATALOG[error.code];
    const offline = state === 'offline';
    return statusRow(parent, offline ? 'offline' : 'failed', title, {
        detail: `${error.message}\n${remedy}`,
        retry: state === 'signed-out' ? 'Sign in' : offline ? 'Reconnect' : 'Retry'
    });
}

function statusRow(
    parent: DirNode,
    status: StatusNode['status'],
    message: string,
    more: { readonly detail?: string; readonly retry?: string } = {}
): StatusNode {
    return { id: `${parent.id}?${status}`, parent, selected: false, status, message, ...more };
}

/** The account that a node belongs to. */
export function accountIdOf(node: TreeNode | undefined): string | undefined {
    return FileStatNode.is(node) ? parseRemoteUri(node.uri.toString())?.accountId : undefined;
}

/** Name of a node's file, without what URIs do to names; empty for accounts. */
export function fileNameOf(node: FileStatNode): string {
    const path = parseRemoteUri(node.uri.toString())?.path ?? '';
    return path.slice(path.lastIndexOf('/') + 1);
}

/** An invisible node above the accounts. */
export function createRemoteRoot(): CompositeTreeNode & ExpandableTreeNode {
    return { id: REMOTE_ROOT_ID, parent: undefined, visible: false, expanded: true, children: [] };
}
