import type { Command } from '@theia/core/lib/common/command';
import type { JobAction } from '../common/job-view';

const category = 'Transfer';

/** Context key: true while the list of transfers has the focus. */
export const LIST_FOCUS = 'connectTransfersFocus';

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
    RESTART: {
        id: 'connect.transfers.restart',
        category,
        label: 'Restart from Beginning…'
    },
    MOVE_UP: { id: 'connect.transfers.moveUp', category, label: 'Move Up in Queue' },
    MOVE_DOWN: { id: 'connect.transfers.moveDown', category, label: 'Move Down in Queue' },
    MOVE_TOP: { id: 'connect.transfers.moveTop', category, label: 'Move to Top of Queue' },
    MOVE_BOTTOM: { id: 'connect.transfers.moveBottom', category, label: 'Move to Bottom of Queue' },
    MOVE_TO: { id: 'connect.transfers.moveTo', category, label: 'Move to Place in Queue…' },
    PRIORITY_HIGH: { id: 'connect.transfers.priorityHigh', category, label: 'Priority: High' },
    PRIORITY_NORMAL: { id: 'connect.transfers.priorityNormal', category, label: 'Priority: Normal' },
    PRIORITY_LOW: { id: 'connect.transfers.priorityLow', category, label: 'Priority: Low' },
    LIMIT_RATE: { id: 'connect.transfers.limitRate', category, label: 'Limit Rate…' },
    EXISTING: {
        id: 'connect.transfers.existingFiles',
        category,
        label: 'Choose What Happens with Existing Files…'
    },
    CHOOSE_ENGINE: { id: 'connect.transfers.chooseEngine', category, label: 'Choose Engine…' },
    ABOUT_ENGINES: {
        id: 'connect.engines.about',
        category: 'Connect',
        label: 'About Transfer Engines'
    },
    PAUSE_ALL: {
        id: 'connect.transfers.pauseAll',
        category,
        label: 'Pause All',
        iconClass: 'codicon codicon-debug-pause'
    },
    PAUSE_HOUR: { id: 'connect.transfers.pauseHour', category, label: 'Pause All for 1 Hour' },
    RESUME_ALL: {
        id: 'connect.transfers.resumeAll',
        category,
        label: 'Resume All',
        iconClass: 'codicon codicon-debug-continue'
    },
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
