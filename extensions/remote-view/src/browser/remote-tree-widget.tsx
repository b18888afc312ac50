import { formatSize } from '@connect/base';
import { AccountModel } from '@connect/security/lib/browser/account-model';
import { AccountCommands } from '@connect/security/lib/browser/account-contribution';
import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import {
    codicon,
    ContextMenuRenderer,
    Message,
    NodeProps,
    TreeModel,
    TreeNode,
    TreeProps,
    Widget
} from '@theia/core/lib/browser';
import { SelectableTreeNode } from '@theia/core/lib/browser/tree';
import { CommandService } from '@theia/core/lib/common/command';
import { isOSX } from '@theia/core/lib/common/os';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import * as React from '@theia/core/shared/react';
import { flushSync } from '@theia/core/shared/react-dom';
import { DirNode, FileStatNode, FileTreeWidget } from '@theia/filesystem/lib/browser';
import { DropPlan, parseUriLines, planDrop } from '../common/drop-plan';
import { shownName } from '../common/names';
import { allNotGranted } from '../common/rights';
import { DragTracker } from './drag-tracker';
import { DropHint } from './drop-hint';
import { RemoteActions } from './remote-actions';
import { RemoteClipboard } from './remote-clipboard';
import { RemoteFileSystemProvider } from './remote-file-system-provider';
import { accountIdOf, AccountNode, isAccountNode, isStale, isStatusNode, STATE_WORDS } from './remote-tree';
import { RemoteTreeModel } from './remote-tree-model';
import { RemoteWelcome } from './remote-welcome';
import { SpringOpen } from './spring-open';

export const REMOTE_TREE_ID = 'connect.remote.accounts';
export const REMOTE_CONTEXT_MENU = ['connect-remote-context-menu'];

/** Where commands are looked for: the palette, and menus. */
const COMMAND_LISTS = '.quick-input-widget, .lm-Menu';

/** The tree of accounts and their files. */
@injectable()
export class RemoteTreeWidget extends FileTreeWidget {
    @inject(AccountModel) protected readonly accounts: AccountModel;
    @inject(RemoteActions) protected readonly actions: RemoteActions;
    @inject(RemoteClipboard) protected readonly remoteClipboard: RemoteClipboard;
    @inject(RemoteFileSystemProvider) protected readonly provider: RemoteFileSystemProvider;
    @inject(DragTracker) protected readonly drags: DragTracker;
    @inject(DropHint) protected readonly dropHint: DropHint;
    @inject(CommandService) protected readonly commandService: CommandService;

    private readonly springOpen = new SpringOpen();
    private dropFolder: string | undefined;
    private loaded = false;

    constructor(
        @inject(TreeProps) props: TreeProps,
        @inject(RemoteTreeModel) override readonly model: RemoteTreeModel,
        @inject(ContextMenuRenderer) contextMenuRenderer: ContextMenuRenderer
    ) {
        super(props, model, contextMenuRenderer);
        this.id = REMOTE_TREE_ID;
        this.title.label = 'Accounts';
        this.title.caption = 'Accounts';
        this.title.iconClass = codicon('vm');
        this.title.closable = false;
        this.addClass('connect-remote-tree');
        this.node.setAttribute('role', 'tree');
        this.node.setAttribute('aria-label', 'Remote files');
        this.node.setAttribute('aria-multiselectable', 'true');
    }

    @postConstruct()
    protected override init(): void {
        super.init();
        const onLeave = (event: DragEvent): void => {
            if (!(event.relatedTarget instanceof Node && this.node.contains(event.relatedTarget))) {
                this.clearDrop();
            }
        };
        this.node.addEventListener('dragleave', onLeave);
        // the command that is looked for there is meant for the row that is marked here now
        const onFocusOut = ({ relatedTarget }: FocusEvent): void => {
            if (relatedTarget instanceof Element && relatedTarget.closest(COMMAND_LISTS)) {
                this.model.confirmChoice();
            }
        };
        this.node.addEventListener('focusout', onFocusOut);
        const onDragEnd = (): void => this.clearDrop();
        document.addEventListener('dragend', onDragEnd, true);
        this.toDispose.pushAll([
            this.drags.watch(this.node),
            { dispose: () => document.removeEventListener('dragend', onDragEnd, true) },
            { dispose: () => this.clearDrop() }
        ]);
        const show = (): void => {
            this.loaded = true;
            this.update();
        };
        this.accounts.ready.then(show, show);
        this.toDispose.push(this.accounts.onDidChange(() => this.update()));
        this.toDispose.push(this.model.onSelectionChanged(() => this.drawAtOnce()));
        // the accounts may come, or the chosen row may go, while the keyboard is here
        this.toDispose.push(
            this.model.onChanged(() => {
                if (document.activeElement === this.node) {
                    this.doFocus();
                }
            })
        );
    }

    /** Who comes here by a key can act at once: a row is chosen. */
    protected override onActivateRequest(msg: Message): void {
        super.onActivateRequest(msg);
        this.doFocus();
    }

    /** A row that is chosen because some row has to be takes nothing from one that is awaited. */
    protected override doFocus(): void {
        this.model.keepingAwaited(() => super.doFocus());
    }

    /**
     * Keys and commands act on what is chosen, so the screen may not be behind it: drawn a moment later, a quick hand
     * would go one row too far, or a command would act on another row than the one that is marked.
     */
    private drawAtOnce(): void {
        flushSync(() => MessageLoop.sendMessage(this, Widget.Msg.UpdateRequest));
    }

    /** Files and folders that are chosen; rows that only say something are not among them. */
    get selectedFiles(): FileStatNode[] {
        return this.model.selectedNodes.filter(FileStatNode.is);
    }

    protected override onAfterAttach(msg: Message): void {
        super.onAfterAttach(msg);
        this.addClipboardListener(this.node, 'copy', event => this.onCopy(event, 'copy'));
        this.addClipboardListener(this.node, 'cut', event => this.onCopy(event, 'cut'));
        this.addClipboardListener(this.node, 'paste', event => this.onPaste(event));
    }

    private onCopy(event: ClipboardEvent, operation: 'copy' | 'cut'): void {
        const uris = this.selectedFiles.filter(node => !isAccountNode(node)).map(node => node.uri);
        this.remoteClipboard.setFor(event, operation, uris);
    }

    private onPaste(event: ClipboardEvent): void {
        const data = event.clipboardData;
        const folder = this.model.folderOf(this.model.selectedNodes[0]);
        if (!data || !folder) {
            return;
        }
        const uris = parseUriLines(data.getData('text/plain'));
        const payload =
            uris.length > 0
                ? ({ kind: 'uris', uris } as const)
                : ({ kind: data.files.length > 0 ? 'desktop-files' : 'other' } as const);
        const plan = planDrop(payload, this.toTarget(folder), !this.isCut(uris));
        if (plan.kind !== 'nothing') {
            event.preventDefault();
            void this.finishPaste(plan, data);
        }
    }

    /** Pastes what was copied or cut in this window, or `uris` from elsewhere. */
    async paste(uris: readonly string[]): Promise<void> {
        const folder = this.model.folderOf(this.model.selectedNodes[0]);
        if (folder) {
            const plan = planDrop({ kind: 'uris', uris }, this.toTarget(folder), !this.isCut(uris));
            await this.finishPaste(plan, undefined);
        }
    }

    private async finishPaste(plan: DropPlan, data: DataTransfer | undefined): Promise<void> {
        if ((await this.actions.perform(plan, data)) && plan.kind === 'move') {
            this.remoteClipboard.clear();
        }
    }

    private isCut(uris: readonly string[]): boolean {
        const content = this.remoteClipboard.get();
        return content?.operation === 'cut' && content.uris.join('\n') === uris.join('\n');
    }

    private toTarget(folder: DirNode): {
        uri: string;
        rights: ReturnType<RemoteFileSystemProvider['rightsAt']>;
    } {
        return { uri: folder.uri.toString(), rights: this.provider.rightsAt(folder.uri) };
    }

    /** Commands on accounts take an account's id, and ask for it when there is none. */
    override toContextMenuArgs(node: SelectableTreeNode): unknown[] | undefined {
        const place = isStatusNode(node) ? node.parent : node;
        const id = accountIdOf(place);
        const folder = this.model.folderOf(place)?.uri.toString();
        return id === undefined ? undefined : [id, folder && parseRemoteUri(folder)?.path];
    }

    // --- drag and drop

    protected override handleDragEnterEvent(node: TreeNode | undefined, event: React.DragEvent): void {
        this.handleDragOverEvent(node, event);
    }

    protected override handleDragOverEvent(node: TreeNode | undefined, event: React.DragEvent): void {
        event.stopPropagation();
        const folder = this.model.folderOf(node);
        const plan = this.planFor(folder, event.dataTransfer, event, false);
        if (plan.kind === 'nothing') {
            this.clearDrop();
            return;
        }
        // Accepting the event is what lets us choose the pointer; `none` still forbids the drop.
        event.preventDefault();
        this.springOpen.over(folder?.id, () => {
            if (folder && !folder.expanded) {
                void this.model.expandNode(folder);
            }
        });
        if (plan.kind === 'refuse') {
            event.dataTransfer.dropEffect = 'none';
            this.showDrop(undefined);
            this.dropHint.show(plan.reason);
            return;
        }
        event.dataTransfer.dropEffect = plan.kind === 'move' ? 'move' : 'copy';
        this.dropHint.clear();
        this.showDrop(folder?.id);
    }

    protected override handleDragLeaveEvent(_node: TreeNode | undefined, event: React.DragEvent): void {
        event.stopPropagation();
    }

    protected override async handleDropEvent(
        node: TreeNode | undefined,
        event: React.DragEvent
    ): Promise<void> {
        event.stopPropagation();
        const plan = this.planFor(this.model.folderOf(node), event.dataTransfer, event, true);
        this.clearDrop();
        this.drags.end();
        if (plan.kind !== 'nothing') {
            event.preventDefault();
            await this.actions.perform(plan, event.dataTransfer);
        }
    }

    private planFor(
        folder: DirNode | undefined,
        data: DataTransfer,
        keys: { readonly altKey: boolean; readonly ctrlKey: boolean },
        dropped: boolean
    ): DropPlan {
        const payload = this.drags.payload(data, dropped);
        return planDrop(payload, folder && this.toTarget(folder), isOSX ? keys.altKey : keys.ctrlKey);
    }

    private showDrop(folder: string | undefined): void {
        if (this.dropFolder !== folder) {
            this.dropFolder = folder;
            this.update();
        }
    }

    private clearDrop(): void {
        this.springOpen.cancel();
        this.dropHint.clear();
        this.showDrop(undefined);
    }

    // --- what is drawn

    protected override renderTree(model: TreeModel): React.ReactNode {
        if (!this.loaded) {
            return <RemoteWelcome text="Loading accounts…" />;
        }
        const { problem } = this.accounts;
        if (problem) {
            const text = `The accounts could not be read: ${problem.message}`;
            return (
                <RemoteWelcome
                    text={text}
                    alert
                    action={{ label: 'Retry', run: () => this.accounts.reload() }}
                />
            );
        }
        if (this.accounts.accounts.length === 0) {
            const add = (): unknown => this.commandService.executeCommand(AccountCommands.ADD.id);
            const text = 'No accounts yet. An account is a server whose files you can reach.';
            return <RemoteWelcome text={text} action={{ label: 'Add Account…', run: add }} />;
        }
        return super.renderTree(model);
    }

    protected override createNodeClassNames(node: TreeNode, props: NodeProps): string[] {
        const classNames = super.createNodeClassNames(node, props);
        if (node.id === this.dropFolder) {
            classNames.push('connect-drop-target');
        }
        if (isAccountNode(node)) {
            classNames.push('connect-account-row');
        } else if (isStatusNode(node)) {
            classNames.push('connect-status-row', `connect-status-${node.status}`);
        } else if (isStale(node.parent)) {
            classNames.push('connect-stale-row');
        }
        return classNames;
    }

    protected override createNodeAttributes(
        node: TreeNode,
        props: NodeProps
    ): React.Attributes & React.HTMLAttributes<HTMLElement> {
        return {
            ...super.createNodeAttributes(node, props),
            role: 'treeitem',
            'aria-level': props.depth + 1,
            'aria-selected': SelectableTreeNode.isSelected(node),
            'aria-expanded': this.isExpandable(node) ? node.expanded : undefined,
            'aria-label': this.describe(node)
        };
    }

    protected override renderTailDecorations(node: TreeNode, props: NodeProps): React.ReactNode {
        if (isAccountNode(node)) {
            return <span className="connect-remote-tail">{this.stateWord(node)}</span>;
        }
        if (isStatusNode(node) && node.retry && node.parent) {
            const parent = node.parent;
            const retry = (event: React.MouseEvent): void => {
                event.stopPropagation();
                void this.model.reload(parent);
            };
            return (
                <button className="connect-remote-retry" tabIndex={-1} onClick={retry}>
                    {node.retry}
                </button>
            );
        }
        if (FileStatNode.is(node) && node.fileStat.isFile && node.fileStat.size !== undefined) {
            return <span className="connect-remote-tail">{formatSize(node.fileStat.size)}</span>;
        }
        return super.renderTailDecorations(node, props);
    }

    protected override getNodeTooltip(node: TreeNode): string | undefined {
        if (isStatusNode(node)) {
            return node.detail ?? node.message;
        }
        if (!FileStatNode.is(node)) {
            return undefined;
        }
        if (isAccountNode(node)) {
            const rights = this.provider.rightsAt(node.uri);
            const lines = [this.toNodeName(node), this.stateWord(node), rights && allNotGranted(rights)];
            return lines.filter(Boolean).join('\n');
        }
        const path = shownName(parseRemoteUri(node.uri.toString())?.path ?? '');
        const { mtime, isDirectory } = node.fileStat;
        return mtime && !isDirectory ? `${path}\nModified ${new Date(mtime).toLocaleString()}` : path;
    }

    /** For screen readers, where what can be read does not say it all; a file's name and size do. */
    private describe(node: TreeNode): string | undefined {
        const name = this.toNodeName(node);
        if (isStatusNode(node)) {
            return node.retry ? `${name}. Press Enter: ${node.retry}` : name;
        }
        return DirNode.is(node) && !isAccountNode(node) ? `${name}, folder` : undefined;
    }

    private stateWord(node: AccountNode): string {
        const isReadOnly =
            node.accountState === 'connected' && this.provider.rightsAt(node.uri)?.write === false;
        return isReadOnly ? 'read-only' : STATE_WORDS[node.accountState];
    }

    // Listings are the server's to give: nothing of them is kept over a restart.

    override storeState(): object {
        return {};
    }

    override restoreState(_state: object): void {
        this.update();
    }
}
