import { injectable } from '@theia/core/shared/inversify';
import { RATE_UNITS, TIME_UNITS } from '../../common/setting-values';
import type { PreferencesTab, PreferencesTabContribution, PreferencesValues } from './preferences-tab';

/** Ids of the tabs that are built in, for those who open one or add to it. */
export const PREFERENCES_TABS = {
    general: { id: 'general', label: 'General', rank: 100 },
    accounts: { id: 'accounts', label: 'Accounts', rank: 200 },
    transfers: { id: 'transfers', label: 'Transfers', rank: 300 },
    network: { id: 'network', label: 'Network', rank: 400 },
    bandwidth: { id: 'bandwidth', label: 'Bandwidth', rank: 500 },
    security: { id: 'security', label: 'Security', rank: 600 }
} as const;

/** A row has no effect while a switch is off. */
const needs =
    (key: string, sentence: string) =>
    (values: PreferencesValues): string | undefined =>
        values.get<boolean>(key) === true ? undefined : sentence;

const GENERAL: PreferencesTab = {
    ...PREFERENCES_TABS.general,
    sections: [
        {
            id: 'list',
            title: 'List of transfers',
            rank: 100,
            rows: [
                { key: 'connect.general.removeTransferListItems', label: 'Remove transfer list items' },
                { key: 'connect.general.diskSpaceWarning', label: 'Disk space warning (percent)' }
            ]
        },
        {
            id: 'notifications',
            title: 'Notifications',
            rank: 300,
            rows: [
                { key: 'connect.notifications.completed', label: 'Completed transfers' },
                { key: 'connect.notifications.failed', label: 'Failed transfers' },
                { key: 'connect.notifications.needsAnswer', label: 'Questions' },
                { key: 'connect.notifications.diskSpace', label: 'Disk almost full' },
                { key: 'connect.notifications.desktop', label: 'Desktop notifications' }
            ]
        },
        {
            id: 'logging',
            title: 'Logging',
            rank: 400,
            note: 'More than info slows transfers down, and is meant for finding the reason of a problem.',
            rows: [{ key: 'connect.general.loggingLevel', label: 'Logging level' }]
        }
    ]
};

const queueing = needs('connect.transfers.queue.enabled', 'Queuing is off.');
const retrying = needs('connect.transfers.retry.enabled', 'Automatic retry is off.');
const dividing = needs('connect.transfers.multiSession.enabled', 'Several sessions are off.');

const TRANSFERS: PreferencesTab = {
    ...PREFERENCES_TABS.transfers,
    sections: [
        {
            id: 'files',
            title: 'Files',
            rank: 100,
            rows: [
                {
                    key: 'connect.transfers.downloadFolder',
                    label: 'Save downloaded files to',
                    isFolder: true,
                    placeholder: 'Downloads'
                },
                { key: 'connect.transfers.alwaysAsk', label: 'Always ask where to save downloaded files' },
                { key: 'connect.transfers.existingFiles', label: 'Files that exist' }
            ]
        },
        {
            id: 'queue',
            title: 'Queue',
            rank: 200,
            rows: [
                { key: 'connect.transfers.queue.enabled', label: 'Enable queuing' },
                {
                    key: 'connect.transfers.queue.max',
                    label: 'Maximum concurrent transfers',
                    unusedBecause: queueing
                }
            ]
        },
        {
            id: 'retry',
            title: 'Retry',
            rank: 300,
            rows: [
                { key: 'connect.transfers.retry.enabled', label: 'Automatically retry failed transfers' },
                { key: 'connect.transfers.retry.attempts', label: 'Attempts', unusedBecause: retrying },
                {
                    key: 'connect.transfers.retry.interval',
                    label: 'Interval',
                    units: TIME_UNITS,
                    unusedBecause: retrying
                }
            ]
        },
        {
            id: 'multi-session',
            title: 'Several sessions',
            rank: 400,
            rows: [
                { key: 'connect.transfers.multiSession.enabled', label: 'Enable multi-session' },
                {
                    key: 'connect.transfers.multiSession.sessions',
                    label: 'Number of sessions',
                    unusedBecause: dividing
                },
                {
                    key: 'connect.transfers.multiSession.threshold',
                    label: 'When transferring faster than',
                    units: RATE_UNITS,
                    unusedBecause: dividing
                },
                {
                    key: 'connect.transfers.multiSession.splitLargerThan',
                    label: 'Split files larger than (MB)',
                    unusedBecause: dividing
                },
                {
                    key: 'connect.transfers.multiSession.startupInterval',
                    label: 'Startup interval between sessions',
                    units: TIME_UNITS,
                    unusedBecause: dividing
                }
            ]
        }
    ]
};

const ENGINES: PreferencesTab = {
    ...PREFERENCES_TABS.transfers,
    sections: [
        {
            id: 'engines',
            title: 'Transfer programs',
            rank: 500,
            rows: [
                { key: 'connect.engines.preferred', label: 'Preferred' },
                { key: 'connect.engines.ascp.path', label: 'Path of ascp', placeholder: 'found by itself' }
            ]
        }
    ]
};

const limitRow = (key: string, label: string) => ({
    key: `connect.bandwidth.${key}`,
    label,
    limit: 'Limit to',
    units: RATE_UNITS
});

const BANDWIDTH: PreferencesTab = {
    ...PREFERENCES_TABS.bandwidth,
    sections: [
        {
            id: 'target',
            title: 'Each transfer',
            rank: 100,
            rows: [{ key: 'connect.bandwidth.targetRate', label: 'Target rate', units: RATE_UNITS }]
        },
        {
            id: 'manual',
            title: 'Manual transfers',
            rank: 200,
            note: 'What people start, all of it together.',
            rows: [limitRow('manual.downloadLimit', 'Downloads'), limitRow('manual.uploadLimit', 'Uploads')]
        },
        {
            id: 'automatic',
            title: 'Automatic transfers',
            rank: 300,
            note: 'What goes on in the background, such as a sync or the downloads of an inbox.',
            rows: [
                limitRow('automatic.downloadLimit', 'Background downloads'),
                limitRow('automatic.uploadLimit', 'Background uploads')
            ]
        }
    ]
};

/** Tabs of plain settings. */
@injectable()
export class BuiltInTabs implements PreferencesTabContribution {
    readonly tabs: readonly PreferencesTab[] = [GENERAL, TRANSFERS, ENGINES, BANDWIDTH];
}
