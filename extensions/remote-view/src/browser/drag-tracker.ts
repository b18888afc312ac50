import { Disposable } from '@theia/core/lib/common/disposable';
import { injectable } from '@theia/core/shared/inversify';
import { DropPayload } from '../common/drop-plan';

/** Theia's own kind of drag data: URIs, one per line. Trees and editor tabs set it. */
export const URI_DRAG_TYPE = 'theia-editor-dnd';

/**
 * Knows what is being dragged while it is being dragged: browsers show the data of a drag at its start and at its end
 * only, but whether a row may be dropped onto has to be said in between.
 */
@injectable()
export class DragTracker {
    private uris: readonly string[] | undefined;

    /** Watches drags that start below `node`; its own handlers have run by then. */
    watch(node: HTMLElement): Disposable {
        const onStart = (event: DragEvent): void => this.onDragStart(event);
        const onEnd = (): void => this.end();
        node.addEventListener('dragstart', onStart);
        node.ownerDocument.addEventListener('dragend', onEnd, true);
        return Disposable.create(() => {
            node.removeEventListener('dragstart', onStart);
            node.ownerDocument.removeEventListener('dragend', onEnd, true);
        });
    }

    /** What a drag holds; at the drop itself (`dropped`) its data is read, before that it is remembered. */
    payload(data: DataTransfer, dropped: boolean): DropPayload {
        if (data.types.includes(URI_DRAG_TYPE)) {
            const uris = dropped ? readUris(data) : this.uris;
            return uris && uris.length > 0 ? { kind: 'uris', uris } : { kind: 'hidden-uris' };
        }
        return { kind: data.types.includes('Files') ? 'desktop-files' : 'other' };
    }

    /** URIs of the drag that is under way, if it started in a tree that is watched. */
    get current(): readonly string[] | undefined {
        return this.uris;
    }

    end(): void {
        this.uris = undefined;
    }

    private onDragStart(event: DragEvent): void {
        this.uris = event.dataTransfer ? readUris(event.dataTransfer) : undefined;
    }
}

function readUris(data: DataTransfer): string[] {
    const lines = data.getData(URI_DRAG_TYPE);
    return lines ? lines.split('\n') : [];
}
