import { ConnectError } from '@connect/base';
import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import { TransferActions } from '@connect/transfer/lib/browser/transfer-actions';
import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import { ConfirmDialog, SingleTextInputDialog } from '@theia/core/lib/browser/dialogs';
import { open, OpenerService } from '@theia/core/lib/browser/opener-service';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import {
    Command,
    CommandContribution,
    CommandHandler,
    CommandRegistry
} from '@theia/core/lib/common/command';
import { MessageService } from '@theia/core/lib/common/message-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { DirNode, FileStatNode } from '@theia/filesystem/lib/browser';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { NavigatorFileClipboard } from '@theia/navigator/lib/browser/navigator-file-clipboard';
import { parseUriLines } from '../common/drop-plan';
import { deleteQuestion, refusedName, shownName } from '../common/names';
import type { Right } from '../common/rights';
import { childUri, RemoteActions } from './remote-actions';
import { RemoteClipboard } from './remote-clipboard';
import { MAX_EDIT_BYTES, RemoteFileSystemProvider, tooLarge } from './remote-file-system-provider';
import { fileNameOf, isAccountNode } from './remote-tree';
import { REMOTE_TREE_ID, RemoteTreeWidget } from './remote-tree-widget';

const command = (name: string, label: string): Command => ({
    id: `connect.remote.${name}`,
    category: 'Remote',
    label
});

/** What can be done with the files of accounts. All work on what is chosen in the Remote view. */
export const RemoteCommands = {
    OPEN: command('open', 'Open'),
    DOWNLOAD: command('download', 'Download'),
    DOWNLOAD_TO: command('downloadTo', 'Download To…'),
    UPLOAD: command('upload', 'Upload Here…'),
    NEW_FOLDER: command('newFolder', 'New Folder…'),
    NEW_FILE: command('newFile', 'New File…'),
    RENAME: command('rename', 'Rename…'),
    DELETE: command('delete', 'Delete…'),
    COPY: command('copy', 'Copy'),
    CUT: command('cut', 'Cut'),
    PASTE: command('paste', 'Paste'),
    COPY_PATH: command('copyPath', 'Copy Path'),
    REFRESH: command('refresh', 'Refresh'),
    COLLAPSE: command('collapseAll', 'Collapse Folders')
} as const;

/** Registers {@link RemoteCommands}. A command whose right the server does not grant is disabled, not hidden. */
@injectable()
export class RemoteCommandContribution implements CommandContribution {
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(RemoteActions) protected readonly actions: RemoteActions;
    @inject(TransferActions) protected readonly transfers: TransferActions;
    @inject(RemoteClipboard) protected readonly remoteClipboard: RemoteClipboard;
    @inject(NavigatorFileClipboard) protected readonly localClipboard: NavigatorFileClipboard;
    @inject(ClipboardService) protected readonly clipboard: ClipboardService;
    @inject(RemoteFileSystemProvider) protected readonly provider: RemoteFileSystemProvider;
    @inject(OpenerService) protected readonly opener: OpenerService;
    @inject(FileDialogService) protected readonly fileDialogs: FileDialogService;
    @inject(MessageService) protected readonly messages: MessageService;

    registerCommands(registry: CommandRegistry): void {
        registry.registerCommand(
            RemoteCommands.OPEN,
            this.onItems('browse', items => this.open(items))
        );
        registry.registerCommand(
            RemoteCommands.DOWNLOAD,
            this.onItems('read', items => this.transfers.download(items.map(item => item.uri)))
        );
        registry.registerCommand(
            RemoteCommands.DOWNLOAD_TO,
            this.onItems('read', items => this.downloadTo(items))
        );
        registry.registerCommand(
            RemoteCommands.UPLOAD,
            this.onFolder('write', folder => this.transfers.chooseAndUpload(folder.uri))
        );
        registry.registerCommand(
            RemoteCommands.NEW_FOLDER,
            this.onFolder('makeFolder', folder => this.makeNew(folder, 'folder'))
        );
        registry.registerCommand(
            RemoteCommands.NEW_FILE,
            this.onFolder('write', folder => this.makeNew(folder, 'file'))
        );
        registry.registerCommand(RemoteCommands.RENAME, {
            ...this.onItems('rename', ([item]) => this.rename(item)),
            isEnabled: () => this.items.length === 1 && this.granted('rename')
        });
        registry.registerCommand(
            RemoteCommands.DELETE,
            this.onItems('delete', items => this.delete(items))
        );
        this.registerClipboardCommands(registry);
        registry.registerCommand(RemoteCommands.REFRESH, {
            isEnabled: () => this.tree !== undefined,
            execute: () => this.refresh()
        });
        registry.registerCommand(RemoteCommands.COLLAPSE, {
            isEnabled: () => this.tree !== undefined,
            execute: () => this.collapseAll()
        });
    }

    private registerClipboardCommands(registry: CommandRegistry): void {
        const toClipboard = (operation: 'copy' | 'cut') => (items: FileStatNode[]) =>
            this.remoteClipboard.set(
                operation,
                items.map(item => item.uri)
            );
        registry.registerCommand(RemoteCommands.COPY, this.onItems('browse', toClipboard('copy')));
        registry.registerCommand(RemoteCommands.CUT, this.onItems('rename', toClipboard('cut')));
        registry.registerCommand(RemoteCommands.PASTE, {
            // Which of the two it takes is known when the clipboard is read.
            isEnabled: () => this.folder !== undefined && (this.granted('write') || this.granted('rename')),
            execute: () => this.actions.report(() => this.paste())
        });
        registry.registerCommand(RemoteCommands.COPY_PATH, {
            isEnabled: () => this.chosen.length > 0,
            execute: () =>
                this.clipboard.writeText(
                    this.chosen.map(node => parseRemoteUri(node.uri.toString())?.path ?? '').join('\n')
                )
        });
    }

    private get tree(): RemoteTreeWidget | undefined {
        return this.widgets.tryGetWidget<RemoteTreeWidget>(REMOTE_TREE_ID);
    }

    /** Accounts, files and folders. */
    private get chosen(): FileStatNode[] {
        return this.tree?.selectedFiles ?? [];
    }

    private get items(): FileStatNode[] {
        return this.chosen.filter(node => !isAccountNode(node));
    }

    private get folder(): DirNode | undefined {
        const { tree } = this;
        return tree?.model.folderOf(tree.model.selectedNodes[0]);
    }

    private granted(right: Right): boolean {
        return this.chosen.every(node => this.provider.rightsAt(node.uri)?.[right] !== false);
    }

    private onItems(right: Right, work: (items: FileStatNode[]) => Promise<unknown>): CommandHandler {
        return {
            isEnabled: () => this.items.length > 0 && this.granted(right),
            execute: () => this.actions.report(() => work(this.items))
        };
    }

    private onFolder(right: Right, work: (folder: DirNode) => Promise<unknown>): CommandHandler {
        return {
            isEnabled: () => this.folder !== undefined && this.granted(right),
            execute: () =>
                this.actions.report(async () => {
                    const { folder } = this;
                    if (folder) {
                        await this.actions.require(right, folder.uri);
                        await work(folder);
                    }
                })
        };
    }

    /** As the command does, for nodes that were opened by mouse or Enter. */
    openReported(items: readonly FileStatNode[]): Promise<boolean> {
        return this.actions.report(() => this.open(items));
    }

    /** Opens folders in the tree and small files in the editor. */
    private async open(items: readonly FileStatNode[]): Promise<void> {
        for (const item of items) {
            if (DirNode.is(item)) {
                await this.tree?.model.expandNode(item);
            } else {
                await this.openFile(item);
            }
        }
    }

    private async openFile(item: FileStatNode): Promise<void> {
        const { size } = item.fileStat;
        if (size === undefined || size <= MAX_EDIT_BYTES) {
            await open(this.opener, item.uri);
            return;
        }
        const answer = await this.messages.info(tooLarge(item.uri.toString(), size).message, 'Download');
        if (answer) {
            await this.transfers.download([item.uri]);
        }
    }

    private async downloadTo(items: readonly FileStatNode[]): Promise<void> {
        const target = await this.fileDialogs.showOpenDialog(
            {
                title: 'Download To',
                openLabel: 'Download',
                canSelectFiles: false,
                canSelectFolders: true,
                canSelectMany: false
            },
            await this.transfers.startFolder()
        );
        if (target) {
            await this.transfers.download(
                items.map(item => item.uri),
                target
            );
        }
    }

    private async makeNew(folder: DirNode, kind: 'folder' | 'file'): Promise<void> {
        const title = kind === 'folder' ? 'New Folder' : 'New File';
        const name = await this.askName(title, folder, '');
        if (name === undefined) {
            return;
        }
        const { tree } = this;
        const choice = tree?.model.choice ?? 0;
        const uri =
            kind === 'folder'
                ? await this.actions.makeFolder(folder.uri, name)
                : await this.actions.makeFile(folder.uri, name);
        if (!folder.expanded) {
            await tree?.model.expandNode(folder);
        }
        tree?.model.revealWhenListed(uri, choice);
        if (kind === 'file') {
            await open(this.opener, uri);
        }
    }

    private async rename(item: FileStatNode): Promise<void> {
        const folder = DirNode.getContainingDir(item.parent);
        const name = folder && (await this.askName('Rename', folder, fileNameOf(item)));
        if (name !== undefined && name !== fileNameOf(item)) {
            const choice = this.tree?.model.choice ?? 0;
            this.tree?.model.revealWhenListed(await this.actions.rename(item.uri, name), choice);
        }
    }

    private async askName(title: string, folder: DirNode, initial: string): Promise<string | undefined> {
        const taken = this.tree?.model.namesIn(folder) ?? new Set<string>();
        const isTaken = (name: string): boolean =>
            name !== initial && taken.has(childUri(folder.uri, name).toString());
        const dialog = new SingleTextInputDialog({
            title,
            maxWidth: 400,
            initialValue: initial,
            initialSelectionRange: { start: 0, end: stemLength(initial) },
            validate: name => refusedName(name, isTaken) ?? ''
        });
        return this.answered(dialog.open());
    }

    private async delete(items: readonly FileStatNode[]): Promise<void> {
        const account = items[0].uri.authority;
        const name = this.accountName(account);
        const question = deleteQuestion(
            items.map(item => ({ name: fileNameOf(item), isFolder: DirNode.is(item) })),
            name
        );
        const message = document.createElement('div');
        message.className = 'connect-delete-question';
        const list = message.appendChild(document.createElement('ul'));
        for (const line of question.lines) {
            list.appendChild(document.createElement('li')).textContent = line;
        }
        message.appendChild(document.createElement('p')).textContent = question.warning;
        const dialog = new ConfirmDialog({ title: question.title, msg: message, ok: 'Delete' });
        const confirmed = await this.answered(dialog.open());
        if (confirmed) {
            const model = this.tree?.model;
            const next = model?.neighbourOf(items);
            const choice = model?.choice ?? 0;
            await this.actions.delete(items.map(item => item.uri));
            if (next) {
                model?.revealWhenListed(next.uri, choice);
            }
        }
    }

    /** Dialogs take the keyboard; it goes back to the rows. */
    private async answered<T>(answer: Promise<T>): Promise<T> {
        try {
            return await answer;
        } finally {
            this.tree?.node.focus({ preventScroll: true });
        }
    }

    private accountName(id: string): string {
        const root = this.tree?.model.accountNode(id);
        return shownName(root?.account.name ?? id);
    }

    /** What was copied here, else in the explorer, else what the system's clipboard holds. */
    private async paste(): Promise<void> {
        const remote = this.remoteClipboard.get()?.uris;
        const text = remote ? undefined : (this.localClipboard.get() ?? (await this.clipboard.readText()));
        const uris = remote ?? parseUriLines(text ?? '');
        if (uris.length === 0) {
            throw new ConnectError('not-supported', 'The clipboard holds no files that can be pasted here.');
        }
        await this.tree?.paste(uris);
    }

    private async refresh(): Promise<void> {
        const { tree, folder } = this;
        if (tree && folder) {
            await tree.model.reload(folder);
        } else {
            await tree?.model.refresh();
        }
    }

    private async collapseAll(): Promise<void> {
        const model = this.tree?.model;
        for (const root of model?.accountNodes ?? []) {
            await model?.collapseAll(root);
        }
    }
}

/** Without the extension, as people rename the name and keep the kind. */
function stemLength(name: string): number {
    const dot = name.lastIndexOf('.');
    return dot > 0 ? dot : name.length;
}
