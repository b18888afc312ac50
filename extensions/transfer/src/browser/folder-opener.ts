import { CommandRegistry } from '@theia/core/lib/common/command';
import { open, OpenerService } from '@theia/core/lib/browser/opener-service';
import { MessageService } from '@theia/core/lib/common/message-service';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable, optional } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { FileService } from '@theia/filesystem/lib/browser/file-service';
import { baseNameOf } from '../common/source-uris';
import type { Job } from '../common/transfer-protocol';
import { RemoteSelection } from './remote-selection';

/** Command of Theia's navigator; enabled for URIs inside the workspace. */
const REVEAL_IN_NAVIGATOR = 'navigator.reveal';

/** Shows where a transfer put its files. */
@injectable()
export class FolderOpener {
    @inject(CommandRegistry) protected readonly commands: CommandRegistry;
    @inject(FileService) protected readonly files: FileService;
    @inject(FileDialogService) protected readonly dialogs: FileDialogService;
    @inject(OpenerService) protected readonly opener: OpenerService;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(RemoteSelection) @optional() protected readonly remote: RemoteSelection | undefined;

    /** Reveals what the job brought, or the folder while nothing is there; says so when that is gone too. */
    async open(job: Job): Promise<void> {
        const folder = new URI(job.target);
        if (job.direction === 'send') {
            await this.remote?.reveal(folder);
            return;
        }
        const first = folder.resolve(baseNameOf(job.sources[0]));
        const place = (await this.files.exists(first)) ? first : folder;
        if (!(await this.files.exists(place))) {
            void this.messages.warn(`${folder.path.fsPath()} does not exist (any more).`);
        } else if (this.commands.isEnabled(REVEAL_IN_NAVIGATOR, place)) {
            await this.commands.executeCommand(REVEAL_IN_NAVIGATOR, place);
        } else {
            await this.browse(folder);
        }
    }

    /** Outside the workspace the navigator has no place for it: a dialog shows the folder and opens what is chosen. */
    private async browse(folder: URI): Promise<void> {
        const chosen = await this.dialogs.showOpenDialog(
            {
                title: folder.path.fsPath(),
                canSelectFiles: true,
                canSelectFolders: false,
                canSelectMany: false
            },
            await this.files.resolve(folder)
        );
        if (chosen) {
            await open(this.opener, chosen);
        }
    }
}
