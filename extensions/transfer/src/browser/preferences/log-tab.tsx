import { CommandRegistry } from '@theia/core/lib/common/command';
import * as React from '@theia/core/shared/react';
import { inject, injectable } from '@theia/core/shared/inversify';
import { PREFERENCES_TABS } from './built-in-tabs';
import type { PreferencesTab, PreferencesTabContribution } from './preferences-tab';

/** Command of another module of this extension. */
const OPEN_FOLDER = 'connect.logs.openFolder';

/** Where the logs are, below the settings of how much they tell. */
@injectable()
export class LogTab implements PreferencesTabContribution {
    @inject(CommandRegistry) protected readonly commands: CommandRegistry;

    readonly tabs: readonly PreferencesTab[] = [
        {
            ...PREFERENCES_TABS.general,
            sections: [
                {
                    id: 'log-files',
                    title: 'Log files',
                    rank: 410,
                    rows: [
                        {
                            id: 'folder',
                            render: () => (
                                <button
                                    type="button"
                                    className="theia-button secondary"
                                    onClick={() => void this.commands.executeCommand(OPEN_FOLDER)}
                                >
                                    Open Log Folder
                                </button>
                            )
                        }
                    ]
                }
            ]
        }
    ];
}
