import type { Command } from '@theia/core/lib/common/command';
import type { JobAction } from '../common/job-view';

const category = 'Transfer';

/** Commands of this extension. Those that act on jobs take the chosen rows of the list. */
export const TransferCommands = {
    SHOW: {
        id: 'connect.transfers.show',
        category: 'Activity',
        label: 'Show Transfers'
    },
    UPLOAD: {
        id: 'connect.transfers.upload',
        category,
        label: 'Upload…',
        iconClass: 'codicon codicon-cloud-upload'
    },
    DOWNLOAD: {
        id: 'connect.transfers.download',
        category,
        label: 'Download',
        iconClass: 'codicon codicon-cloud-download'
    },
    TOGGLE: { id: 'connect.transfers.toggle', category, label: 'Stop or Resume' },
    STOP: { id: 'connect.transfers.stop', category, label: 'Stop' },
    RESUME: { id: 'connect.transfers.resume', category, label: 'Resume' },
    RETRY: { id: 'connect.transfers.retry', category, label: 'Retry' },
    START_NOW: { id: 'connect.transfers.startNow', category, label: 'Start Now' },
    REMOVE: { id: 'connect.transfers.remove', category, label: 'Remove from List' },
    OPEN_FOLDER: {
        id: 'connect.transfers.openFolder',
        category,
        label: 'Open Containing Folder'
    },
    COPY_DETAILS: {
        id: 'connect.transfers.copyDetails',
        category,
        label: 'Copy Details'
    },
    CLEAR: {
        id: 'connect.transfers.clear',
        category,
        label: 'Clear Finished'
    }
} satisfies Record<string, Command>;

/** Commands that apply one action to the chosen jobs. */
export const ACTION_COMMANDS: ReadonlyArray<readonly [Command, JobAction]> = [
    [TransferCommands.STOP, 'stop'],
    [TransferCommands.RESUME, 'resume'],
    [TransferCommands.RETRY, 'retry'],
    [TransferCommands.START_NOW, 'start-now'],
    [TransferCommands.REMOVE, 'remove']
];
