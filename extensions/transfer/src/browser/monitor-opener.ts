import { ApplicationShell } from '@theia/core/lib/browser/shell/application-shell';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { Job } from '../common/transfer-protocol';
import { MonitorWidget, type MonitorOptions } from './monitor-widget';
import type { MonitorSection } from './monitor-sections';

/** Shows the monitors of transfers as tabs of the main area, one for each. */
@injectable()
export class MonitorOpener {
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(ApplicationShell) protected readonly shell: ApplicationShell;

    /** @param section to begin with; without it, the one that the monitor showed last */
    async open(job: Job, section?: MonitorSection): Promise<void> {
        const options: MonitorOptions = { jobId: job.id };
        const widget = await this.widgets.getOrCreateWidget<MonitorWidget>(MonitorWidget.FACTORY_ID, options);
        if (section !== undefined) {
            widget.restoreState({ section });
        }
        if (!widget.isAttached) {
            await this.shell.addWidget(widget, { area: 'main' });
        }
        await this.shell.activateWidget(widget.id);
    }
}
