import type { Command } from '@theia/core/lib/common/command';
import type { JobAction } from '../common/job-view';

const category = 'Transfer';

/** Commands of this extension. Those that act on jobs take the chosen rows of the list. */
export namespace TransferCommands {
    export const SHOW: Command = {
        id: 'connect.transfers.show',
        category: 'Activity',
        label: 'Show Transfers'
    };
    export const UPLOAD: Command = {
        id: 'connect.transfers.upload',
        category,
        label: 'Upload…',
        iconClass: 'codicon codicon-cloud-upload'
    };
    export const DOWNLOAD: Command = {
        id: 'connect.transfers.download',
        category,
        label: 'Download',
        iconClass: 'codicon codicon-cloud-download'
    };
    export const TOGGLE: Command = { id: 'connect.transfers.toggle', category, label: 'Stop or Resume' };
    export const STOP: Command = { id: 'connect.transfers.stop', category, label: 'Stop' };
    export const RESUME: Command = { id: 'connect.transfers.resume', category, label: 'Resume' };
    export const RETRY: Command = { id: 'connect.transfers.retry', category, label: 'Retry' };
    export const START_NOW: Command = { id: 'connect.transfers.startNow', category, label: 'Start Now' };
    export const REMOVE: Command = { id: 'connect.transfers.remove', category, label: 'Remove from List' };
    export const OPEN_FOLDER: Command = {
        id: 'connect.transfers.openFolder',
        category,
        label: 'Open Containing Folder'
    };
    export const COPY_DETAILS: Command = {
        id: 'connect.transfers.copyDetails',
        category,
        label: 'Copy Details'
    };
    export const CLEAR: Command = {
        id: 'connect.transfers.clear',
        category,
        label: 'Clear Finished',
        iconClass: 'codicon codicon-clear-all'
    };
}

/** Commands that apply one action to the chosen jobs. */
export const ACTION_COMMANDS: ReadonlyArray<readonly [Command, JobAction]> = [
    [TransferCommands.STOP, 'stop'],
    [TransferCommands.RESUME, 'resume'],
    [TransferCommands.RETRY, 'retry'],
    [TransferCommands.START_NOW, 'start-now'],
    [TransferCommands.REMOVE, 'remove']
];
