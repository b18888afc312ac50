import { formatSize } from '@connect/base';
import { TransferClientModel } from '@connect/transfer/lib/browser/transfer-client-model';
import { AbstractViewContribution } from '@theia/core/lib/browser/shell/view-contribution';
import { ReactWidget } from '@theia/core/lib/browser/widgets/react-widget';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import * as React from '@theia/core/shared/react';
import { SAMPLE_ENGINE_ID } from '../common/sample-names';
import { SHOW_BYTES } from './sample-preferences';

/** How much the engine of this extension has moved, kept up to date by the model. */
@injectable()
export class SampleView extends ReactWidget {
    static readonly ID = 'sample.summary';
    static readonly LABEL = 'Sample';

    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(PreferenceService) protected readonly preferences: PreferenceService;

    @postConstruct()
    protected init(): void {
        this.id = SampleView.ID;
        this.title.label = SampleView.LABEL;
        this.title.closable = true;
        this.node.tabIndex = 0;
        this.toDispose.push(this.model.onDidChange(() => this.update()));
        this.toDispose.push(this.preferences.onPreferencesChanged(() => this.update()));
        this.update();
    }

    protected override onActivateRequest(): void {
        this.node.focus();
    }

    protected render(): React.ReactNode {
        const jobs = this.model.jobs.filter(job => job.engineId === SAMPLE_ENGINE_ID);
        const bytes = jobs.reduce((sum, job) => sum + job.bytesDone, 0);
        return (
            <div role="status">
                Sample: {jobs.length} transfers
                {this.preferences.get(SHOW_BYTES, true) && `, ${formatSize(bytes)}`}
            </div>
        );
    }
}

/** Where the view sits, and the command that shows and hides it. */
@injectable()
export class SampleViewContribution extends AbstractViewContribution<SampleView> {
    constructor() {
        super({
            widgetId: SampleView.ID,
            widgetName: SampleView.LABEL,
            defaultWidgetOptions: { area: 'bottom', rank: 900 },
            toggleCommandId: 'sample.summary.toggle'
        });
    }
}
