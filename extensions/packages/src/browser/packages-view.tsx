import { codicon, ReactWidget } from '@theia/core/lib/browser';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { AbstractViewContribution } from '@theia/core/lib/browser/shell/view-contribution';
import { injectable, postConstruct } from '@theia/core/shared/inversify';
import * as React from '@theia/core/shared/react';

export const PACKAGES_VIEW_ID = 'connect.activity.inbox';
export const PACKAGES_TOGGLE_COMMAND = 'connect.activity.inbox.toggle';
const LABEL = 'Inbox';

/** Packages that others have sent. This version receives none, and says so. */
@injectable()
export class PackagesView extends ReactWidget {
    @postConstruct()
    protected init(): void {
        this.id = PACKAGES_VIEW_ID;
        this.title.label = LABEL;
        this.title.caption = LABEL;
        this.title.iconClass = codicon('inbox');
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
                <h3>No packages yet</h3>
                <p>Packages cannot be received in this version of Connect.</p>
            </div>
        );
    }
}

/** Where the view sits, and the command that shows and hides it. */
@injectable()
export class PackagesViewContribution
    extends AbstractViewContribution<PackagesView>
    implements FrontendApplicationContribution
{
    private isFirstLayout = false;

    constructor() {
        super({
            widgetId: PACKAGES_VIEW_ID,
            widgetName: LABEL,
            defaultWidgetOptions: { area: 'bottom', rank: 200 },
            toggleCommandId: PACKAGES_TOGGLE_COMMAND
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
