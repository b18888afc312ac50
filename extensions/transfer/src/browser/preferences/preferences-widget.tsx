import type { StatefulWidget } from '@theia/core/lib/browser/shell/shell-layout-restorer';
import { ReactWidget } from '@theia/core/lib/browser/widgets/react-widget';
import type { Message } from '@theia/core/lib/browser/widgets/widget';
import { CommandService } from '@theia/core/lib/common/command';
import * as React from '@theia/core/shared/react';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { PreferencesModel } from './preferences-model';
import { PreferencesRefresh } from './preferences-refresh';
import { PreferencesView } from './preferences-view';

/** Theia's own editor of all settings, and the file that they stand in. */
const ALL_SETTINGS = 'preferences:open';
const SETTINGS_FILE = 'workbench.action.openSettingsJson';

/** The settings of Connect, tab by tab. */
@injectable()
export class PreferencesWidget extends ReactWidget implements StatefulWidget {
    static readonly ID = 'connect.preferences';
    static readonly LABEL = 'Connect Preferences';

    @inject(PreferencesModel) protected readonly model: PreferencesModel;
    @inject(PreferencesRefresh) protected readonly refreshes: PreferencesRefresh;
    @inject(CommandService) protected readonly commands: CommandService;
    @inject(FileDialogService) protected readonly dialogs: FileDialogService;

    private chosen = 'general';
    private said = '';

    @postConstruct()
    protected init(): void {
        this.id = PreferencesWidget.ID;
        this.title.label = PreferencesWidget.LABEL;
        this.title.caption = PreferencesWidget.LABEL;
        this.title.iconClass = 'codicon codicon-settings-gear';
        this.title.closable = true;
        this.addClass('connect-preferences');
        this.node.tabIndex = -1;
        this.scrollOptions = undefined;
        this.toDispose.push(this.model.onDidChange(() => this.update()));
        this.toDispose.push(this.refreshes.onDidRequest(() => this.update()));
        this.update();
    }

    /** Shows a tab; one that is not there is as good as the first. */
    choose(tabId: string): void {
        this.chosen = tabId;
        this.said = '';
        this.update();
    }

    storeState(): object {
        return { chosen: this.chosen };
    }

    restoreState(state: object): void {
        const { chosen } = state as { chosen?: unknown };
        this.choose(typeof chosen === 'string' ? chosen : this.chosen);
    }

    protected override onActivateRequest(message: Message): void {
        super.onActivateRequest(message);
        const tab = this.node.querySelector<HTMLElement>('[role=tab][aria-selected=true]');
        (tab ?? this.node).focus();
    }

    protected render(): React.ReactNode {
        return (
            <PreferencesView
                id="connect-preferences"
                model={this.model}
                tabs={this.model.tabs}
                chosen={this.chosen}
                message={this.said}
                choose={tabId => this.choose(tabId)}
                announce={text => {
                    this.said = text;
                    this.update();
                }}
                refresh={() => this.update()}
                chooseFolder={() => this.chooseFolder()}
                openJson={() => void this.commands.executeCommand(SETTINGS_FILE)}
                openAll={() => void this.commands.executeCommand(ALL_SETTINGS, 'connect.')}
            />
        );
    }

    private async chooseFolder(): Promise<string | undefined> {
        const uri = await this.dialogs.showOpenDialog({
            title: 'Choose Folder',
            canSelectFiles: false,
            canSelectFolders: true
        });
        return uri?.path.fsPath();
    }
}
