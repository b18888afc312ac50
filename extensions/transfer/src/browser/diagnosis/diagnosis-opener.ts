import { ApplicationShell } from '@theia/core/lib/browser/shell/application-shell';
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { inject, injectable } from '@theia/core/shared/inversify';
import type { DiagnosisSubject } from '../../common/diagnosis/diagnosis-protocol';
import { DiagnosisWidget } from './diagnosis-widget';

/** Shows panels about transfers, accounts and hosts as tabs of the main area, one for each. */
@injectable()
export class DiagnosisOpener {
    @inject(WidgetManager) protected readonly widgets: WidgetManager;
    @inject(ApplicationShell) protected readonly shell: ApplicationShell;

    /** @param withTest begin to try the way at once */
    async open(subject: DiagnosisSubject, withTest: boolean): Promise<void> {
        const widget = await this.widgets.getOrCreateWidget<DiagnosisWidget>(
            DiagnosisWidget.FACTORY_ID,
            subject
        );
        if (!widget.isAttached) {
            await this.shell.addWidget(widget, { area: 'main' });
        }
        await this.shell.activateWidget(widget.id);
        if (withTest) {
            await widget.test();
        }
    }
}
