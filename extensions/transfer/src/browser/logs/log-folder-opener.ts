import { ConnectError } from '@connect/base';
import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import { open, OpenerService } from '@theia/core/lib/browser/opener-service';
import { MessageService } from '@theia/core/lib/common/message-service';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { FileService } from '@theia/filesystem/lib/browser/file-service';
import { errorText } from '../../common/job-view';
import { LogService } from '../../common/log-protocol';
import { desktopBridge } from '../desktop-bridge';

const COPY = 'Copy Path';
const FILES = 'Show Files…';

/**
 * Shows where the logs are: in a desktop app by the system's file manager. A browser may show none, and the folder may
 * be on another computer: there it tells the path, to be copied, and shows the files in a dialog.
 */
@injectable()
export class LogFolderOpener {
    @inject(LogService) protected readonly service: LogService;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(ClipboardService) protected readonly clipboard: ClipboardService;
    @inject(FileService) protected readonly files: FileService;
    @inject(FileDialogService) protected readonly dialogs: FileDialogService;
    @inject(OpenerService) protected readonly opener: OpenerService;

    async open(): Promise<void> {
        let folder: URI;
        try {
            folder = new URI(await this.service.folder());
        } catch (error) {
            const { summary, remedy } = errorText(ConnectError.from(error).toWire());
            void this.messages.error(`The folder of the logs cannot be opened. ${summary} ${remedy}`);
            return;
        }
        const bridge = desktopBridge();
        if (bridge) {
            bridge.openWithSystemApp(folder.toString(true));
        } else {
            await this.tell(folder);
        }
    }

    private async tell(folder: URI): Promise<void> {
        const path = folder.path.fsPath();
        const chosen = await this.messages.info(
            `The logs are in ${path}, on the computer that runs Connect.`,
            COPY,
            FILES
        );
        if (chosen === COPY) {
            await this.clipboard.writeText(path);
        } else if (chosen === FILES) {
            await this.browse(folder);
        }
    }

    private async browse(folder: URI): Promise<void> {
        const file = await this.dialogs.showOpenDialog(
            {
                title: 'Logs',
                openLabel: 'Open',
                canSelectFiles: true,
                canSelectFolders: false,
                canSelectMany: false
            },
            await this.files.resolve(folder)
        );
        if (file) {
            await open(this.opener, file);
        }
    }
}
