import { AccountModel } from '@connect/security/lib/browser/account-model';
import { CompositeTreeNode, ExpandableTreeNode, TreeNode } from '@theia/core/lib/browser/tree';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { DirNode, FileStatNode, FileTreeModel } from '@theia/filesystem/lib/browser';
import { AccountNode, createRemoteRoot, isAccountNode, isStatusNode, RemoteTree } from './remote-tree';

/** The state of the Remote view: which accounts and folders are there, open and selected. */
@injectable()
export class RemoteTreeModel extends FileTreeModel {
    @inject(AccountModel) protected readonly accounts: AccountModel;
    @inject(RemoteTree) protected readonly remoteTree: RemoteTree;

    private awaited: string | undefined;
    private choices = 0;

    @postConstruct()
    protected override init(): void {
        super.init();
        this.toDispose.push(this.accounts.onDidChange(() => this.showAccounts()));
        this.toDispose.push(this.onNodeRefreshed(() => this.selectAwaited()));
        this.toDispose.push(this.onSelectionChanged(() => this.confirmChoice()));
        this.showAccounts();
    }

    /** Folder that a command on `node` works in: the node itself, or the one it lies in. */
    folderOf(node: TreeNode | undefined): DirNode | undefined {
        return isStatusNode(node) ? DirNode.getContainingDir(node.parent) : DirNode.getContainingDir(node);
    }

    /** Lists a folder again, as the user wants it now: asks for a password where one is needed. */
    async reload(node: CompositeTreeNode): Promise<void> {
        if (ExpandableTreeNode.isCollapsed(node)) {
            await this.expandNode(node);
        } else {
            this.remoteTree.ask(node);
            await this.refresh(node);
        }
    }

    /** Names in a folder, as far as they are listed. */
    namesIn(folder: DirNode): Set<string> {
        return new Set(folder.children.filter(FileStatNode.is).map(node => node.uri.toString()));
    }

    /** The rows of all accounts. */
    get accountNodes(): AccountNode[] {
        return CompositeTreeNode.is(this.root) ? this.root.children.filter(isAccountNode) : [];
    }

    accountNode(id: string): AccountNode | undefined {
        return this.accountNodes.find(node => node.account.id === id);
    }

    /** The row to go to when `items` are gone: the next one that stays, else the one before, else their folder. */
    neighbourOf(items: readonly FileStatNode[]): FileStatNode | undefined {
        const last = items.at(-1);
        const folder = DirNode.getContainingDir(last?.parent);
        if (!last || !folder) {
            return undefined;
        }
        const place = folder.children.indexOf(last);
        const stays = (node: TreeNode): node is FileStatNode =>
            FileStatNode.is(node) && !items.some(item => item === node);
        const after = folder.children.slice(place + 1).find(stays);
        return after ?? folder.children.slice(0, place).filter(stays).at(-1) ?? folder;
    }

    /** Changes with every choice of rows; for {@link revealWhenListed}. */
    get choice(): number {
        return this.choices;
    }

    /** What is chosen now stays so, as if it were chosen again: nothing that was asked for before is selected any more. */
    confirmChoice(): void {
        this.choices++;
        this.awaited = undefined;
    }

    /** Shows a file or folder, opening the folders above it one by one. */
    async reveal(uri: URI): Promise<void> {
        const { choice } = this;
        const above = uri.allLocations.reverse();
        for (const location of above.slice(0, -1)) {
            const node = this.getNode(location.toString());
            if (DirNode.is(node) && !node.expanded) {
                await this.expandNode(node);
            }
        }
        this.revealWhenListed(uri, choice);
    }

    /**
     * Selects a row now, or as soon as a listing brings it; not when something else is chosen meanwhile.
     *
     * @param choice as {@link choice} was when the person asked for it
     */
    revealWhenListed(uri: URI, choice: number): void {
        if (choice === this.choices) {
            this.awaited = uri.toString();
            this.selectAwaited();
        }
    }

    /** What `choose` selects is nobody's choice: a row that is awaited is still selected when it comes. */
    keepingAwaited(choose: () => void): void {
        const { awaited, choices } = this;
        choose();
        this.awaited = awaited;
        this.choices = choices;
    }

    private selectAwaited(): void {
        const node = this.getNode(this.awaited);
        if (FileStatNode.is(node)) {
            this.awaited = undefined;
            this.selectNode(node);
        }
    }

    protected override doOpenNode(node: TreeNode): void {
        if (isStatusNode(node)) {
            if (node.retry && node.parent) {
                void this.reload(node.parent);
            }
            return;
        }
        super.doOpenNode(node);
    }

    protected override refreshAffectedNodes(uris: URI[]): boolean {
        const nodes = this.getAffectedNodes(uris);
        for (const node of nodes.values()) {
            void this.remoteTree.refreshQuietly(node);
        }
        return nodes.size !== 0;
    }

    private showAccounts(): void {
        if (this.root && CompositeTreeNode.is(this.root)) {
            void this.remoteTree.refreshQuietly(this.root);
        } else {
            this.root = createRemoteRoot();
        }
    }
}
