import { codicon, ReactWidget } from '@theia/core/lib/browser';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { AbstractViewContribution } from '@theia/core/lib/browser/shell/view-contribution';
import { injectable, postConstruct } from '@theia/core/shared/inversify';
import * as React from '@theia/core/shared/react';

export const SYNC_VIEW_ID = 'connect.activity.sync';
export const SYNC_TOGGLE_COMMAND = 'connect.activity.sync.toggle';
const LABEL = 'Sync';

/** Folders that are kept equal. This version keeps none, and says so. */
@injectable()
export class SyncView extends ReactWidget {
    @postConstruct()
    protected init(): void {
        this.id = SYNC_VIEW_ID;
        this.title.label = LABEL;
        this.title.caption = LABEL;
        this.title.iconClass = codicon('sync');
        this.title.closable = true;
        this.node.tabIndex = 0;
        this.update();
    }

    protected override onActivateRequest(): void {
        this.node.focus();
    }

    protected render(): React.ReactNode {
        return (
            <div role="status" style={{ padding: '8px 20px' }}>
                <h3>No sync folders yet</h3>
                <p>Folders cannot be synced in this version of Connect.</p>
            </div>
        );
    }
}

/** Where the view sits, and the command that shows and hides it. */
@injectable()
export class SyncViewContribution
    extends AbstractViewContribution<SyncView>
    implements FrontendApplicationContribution
{
    private isFirstLayout = false;

    constructor() {
        super({
            widgetId: SYNC_VIEW_ID,
            widgetName: LABEL,
            defaultWidgetOptions: { area: 'bottom', rank: 300 },
            toggleCommandId: SYNC_TOGGLE_COMMAND
        });
    }

    initializeLayout(): void {
        this.isFirstLayout = true;
    }

    /** Once all other views stand, so that the tab of transfers is the first. */
    async onDidInitializeLayout(): Promise<void> {
        if (this.isFirstLayout) {
            await this.openView();
        }
    }
}
