import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import URI from '@theia/core/lib/common/uri';

export interface ClipboardContent {
    /** `cut` files are moved by a paste, where that is possible. */
    readonly operation: 'copy' | 'cut';
    readonly uris: readonly string[];
}

/**
 * Remote files that were copied or cut in this window. They are on the system's clipboard as well, as text; here it is
 * remembered whether they were cut, and a menu can paste them without asking for the right to read the clipboard.
 */
@injectable()
export class RemoteClipboard {
    @inject(ClipboardService) protected readonly clipboard: ClipboardService;

    private content: ClipboardContent | undefined;

    @postConstruct()
    protected init(): void {
        // Whatever is copied elsewhere comes after; our own copy handlers run after this one and set it again.
        const clear = (): void => this.clear();
        document.addEventListener('copy', clear, true);
        document.addEventListener('cut', clear, true);
        this.clipboard.onDidWriteText?.(clear);
    }

    get(): ClipboardContent | undefined {
        return this.content;
    }

    /** For the handler of a clipboard event. */
    setFor(event: ClipboardEvent, operation: ClipboardContent['operation'], uris: readonly URI[]): void {
        if (event.clipboardData && uris.length > 0) {
            event.clipboardData.setData('text/plain', toText(uris));
            event.preventDefault();
            this.content = { operation, uris: uris.map(uri => uri.toString()) };
        }
    }

    /** For a command. */
    async set(operation: ClipboardContent['operation'], uris: readonly URI[]): Promise<void> {
        await this.clipboard.writeText(toText(uris));
        this.content = { operation, uris: uris.map(uri => uri.toString()) };
    }

    clear(): void {
        this.content = undefined;
    }
}

/** URIs hold no line breaks: those of names are encoded. */
function toText(uris: readonly URI[]): string {
    return uris.map(uri => uri.toString()).join('\n');
}
