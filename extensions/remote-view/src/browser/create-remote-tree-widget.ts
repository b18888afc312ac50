import type { interfaces } from '@theia/core/shared/inversify';
import { createFileTreeContainer } from '@theia/filesystem/lib/browser';
import { RemoteTree } from './remote-tree';
import { RemoteTreeModel } from './remote-tree-model';
import { REMOTE_CONTEXT_MENU, RemoteTreeWidget } from './remote-tree-widget';

/** The widget with a tree, a model and a selection of its own. */
export function createRemoteTreeWidget(parent: interfaces.Container): RemoteTreeWidget {
    const child = createFileTreeContainer(parent, {
        tree: RemoteTree,
        model: RemoteTreeModel,
        widget: RemoteTreeWidget,
        props: {
            contextMenuPath: REMOTE_CONTEXT_MENU,
            multiSelect: true,
            search: true,
            globalSelection: true,
            virtualized: true
        }
    });
    return child.get(RemoteTreeWidget);
}
