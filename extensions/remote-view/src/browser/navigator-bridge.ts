import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { ApplicationShell } from '@theia/core/lib/browser/shell/application-shell';
import { TreeNode } from '@theia/core/lib/browser/tree';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { CommonCommands } from '@theia/core/lib/browser/common-commands';
import { CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import { Disposable, DisposableCollection } from '@theia/core/lib/common/disposable';
import { inject, injectable } from '@theia/core/shared/inversify';
import { DirNode, FileTreeWidget } from '@theia/filesystem/lib/browser';
import { FILE_NAVIGATOR_ID } from '@theia/navigator/lib/browser/navigator-widget';
import { REMOTE_SCHEME } from '@connect/security/lib/common/remote-uri';
import { DropPlan, parseUriLines, planDrop } from '../common/drop-plan';
import { DragTracker } from './drag-tracker';
import { DropHint } from './drop-hint';
import { RemoteActions } from './remote-actions';
import { RemoteClipboard } from './remote-clipboard';
import { SpringOpen } from './spring-open';

const DROP_CLASS = 'connect-drop-target';

/**
 * Teaches the explorer of local files to take remote ones: dropped or pasted, they are downloaded into that folder.
 * It listens in the capture phase, so what is not ours reaches the explorer's own handlers untouched.
 */
@injectable()
export class NavigatorBridge implements FrontendApplicationContribution, CommandContribution {
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(ApplicationShell) protected readonly shell: ApplicationShell;
    @inject(DragTracker) protected readonly drags: DragTracker;
    @inject(DropHint) protected readonly dropHint: DropHint;
    @inject(RemoteActions) protected readonly actions: RemoteActions;
    @inject(RemoteClipboard) protected readonly clipboard: RemoteClipboard;

    private readonly springOpen = new SpringOpen();
    private marked: Element | undefined;

    initialize(): void {
        this.widgets.onDidCreateWidget(({ factoryId, widget }) => {
            if (factoryId === FILE_NAVIGATOR_ID && widget instanceof FileTreeWidget) {
                this.attach(widget);
            }
        });
    }

    /** The explorer's menu pastes through this command; with remote files on the clipboard it is ours. */
    registerCommands(commands: CommandRegistry): void {
        commands.registerHandler(CommonCommands.PASTE.id, {
            isEnabled: () => this.clipboard.get() !== undefined && this.currentNavigator() !== undefined,
            execute: () => this.pasteFromMenu()
        });
    }

    private attach(navigator: FileTreeWidget): void {
        const { node } = navigator;
        const toDispose = new DisposableCollection(this.drags.watch(node));
        const listen = <K extends 'dragover' | 'dragleave' | 'drop' | 'paste'>(
            type: K,
            handler: (event: HTMLElementEventMap[K]) => void
        ): void => {
            node.addEventListener(type, handler, true);
            toDispose.push(Disposable.create(() => node.removeEventListener(type, handler, true)));
        };
        listen('dragover', event => this.onDragOver(navigator, event));
        listen('drop', event => this.onDrop(navigator, event));
        listen('dragleave', event => {
            if (!(event.relatedTarget instanceof Node && node.contains(event.relatedTarget))) {
                this.clear();
            }
        });
        listen('paste', event => this.onPaste(navigator, event));
        const onDragEnd = (): void => this.clear();
        document.addEventListener('dragend', onDragEnd, true);
        toDispose.push(Disposable.create(() => document.removeEventListener('dragend', onDragEnd, true)));
        navigator.disposed.connect(() => toDispose.dispose());
    }

    private onDragOver(navigator: FileTreeWidget, event: DragEvent): void {
        const row = rowAt(navigator, event.target);
        const plan = this.planFor(row.folder, event, false);
        if (plan.kind !== 'download' && plan.kind !== 'refuse') {
            this.clear();
            return;
        }
        event.preventDefault();
        event.stopPropagation();
        const { folder } = row;
        this.springOpen.over(folder?.id, () => {
            if (folder && !folder.expanded) {
                void navigator.model.expandNode(folder);
            }
        });
        if (plan.kind === 'refuse') {
            event.dataTransfer!.dropEffect = 'none';
            this.mark(undefined);
            this.dropHint.show(plan.reason);
        } else {
            event.dataTransfer!.dropEffect = 'copy';
            this.mark(row.element);
            this.dropHint.clear();
        }
    }

    private onDrop(navigator: FileTreeWidget, event: DragEvent): void {
        const plan = this.planFor(rowAt(navigator, event.target).folder, event, true);
        this.clear();
        if (plan.kind === 'download' || plan.kind === 'refuse') {
            event.preventDefault();
            event.stopPropagation();
            this.drags.end();
            void this.actions.perform(plan);
        }
    }

    /** Only for drags that hold something remote; the rest is the explorer's. */
    private planFor(folder: DirNode | undefined, event: DragEvent, dropped: boolean): DropPlan {
        const payload = event.dataTransfer ? this.drags.payload(event.dataTransfer, dropped) : undefined;
        if (payload?.kind !== 'uris' || !payload.uris.some(uri => uri.startsWith(`${REMOTE_SCHEME}:`))) {
            return { kind: 'nothing' };
        }
        return this.actions.checked(planDrop(payload, folder && { uri: folder.uri.toString() }, true));
    }

    private onPaste(navigator: FileTreeWidget, event: ClipboardEvent): void {
        const uris = parseUriLines(event.clipboardData?.getData('text/plain') ?? '');
        if (this.paste(navigator, uris)) {
            event.preventDefault();
            event.stopPropagation();
        }
    }

    private pasteFromMenu(): void {
        const navigator = this.currentNavigator();
        const content = this.clipboard.get();
        if (navigator && content) {
            this.paste(navigator, content.uris);
        }
    }

    private paste(navigator: FileTreeWidget, uris: readonly string[]): boolean {
        if (!uris.some(uri => uri.startsWith(`${REMOTE_SCHEME}:`))) {
            return false;
        }
        const folder = folderOf(navigator, navigator.model.selectedNodes[0]);
        const plan = planDrop({ kind: 'uris', uris }, folder && { uri: folder.uri.toString() }, true);
        void this.actions.perform(plan);
        return true;
    }

    private currentNavigator(): FileTreeWidget | undefined {
        const { currentWidget } = this.shell;
        return currentWidget?.id === FILE_NAVIGATOR_ID && currentWidget instanceof FileTreeWidget
            ? currentWidget
            : undefined;
    }

    private mark(element: Element | undefined): void {
        if (this.marked !== element) {
            this.marked?.classList.remove(DROP_CLASS);
            element?.classList.add(DROP_CLASS);
            this.marked = element;
        }
    }

    private clear(): void {
        this.springOpen.cancel();
        this.dropHint.clear();
        this.mark(undefined);
    }
}

/** The folder under the pointer, and its row; beside all rows it is the workspace itself. */
function rowAt(
    navigator: FileTreeWidget,
    target: EventTarget | null
): { folder: DirNode | undefined; element: Element | undefined } {
    const element = target instanceof Element ? target.closest('.theia-TreeNode') : null;
    // Rows carry the id of their node at the caption, open and closed folders at their toggle as well.
    const id =
        element?.querySelector('.theia-TreeNodeSegment[id]')?.id ??
        element?.querySelector('[data-node-id]')?.getAttribute('data-node-id');
    const node = id ? navigator.model.getNode(id) : undefined;
    return { folder: folderOf(navigator, node), element: element ?? undefined };
}

function folderOf(navigator: FileTreeWidget, node: TreeNode | undefined): DirNode | undefined {
    const own = DirNode.getContainingDir(node);
    if (own) {
        return own;
    }
    const { root } = navigator.model;
    if (DirNode.is(root)) {
        return root;
    }
    // As the explorer does for its own drops: with several folders in the workspace, the last one.
    const roots = root && 'children' in root ? (root as { children: readonly TreeNode[] }).children : [];
    return roots.filter(DirNode.is).at(-1);
}
