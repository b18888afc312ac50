import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { powerRemark } from '../../common/power-text';
import type { PowerHold } from '../../common/transfer-protocol';
import { TransferClientModel } from '../transfer-client-model';
import { PREFERENCES_TABS } from './built-in-tabs';
import { PreferencesRefresh } from './preferences-refresh';
import type { PreferencesTab, PreferencesTabContribution, SettingRow } from './preferences-tab';

/** What transfers do on battery power and on metered connections, on the tab of bandwidth; and how that is now. */
@injectable()
export class PowerTab implements PreferencesTabContribution {
    @inject(TransferClientModel) protected readonly model: TransferClientModel;
    @inject(PreferencesRefresh) protected readonly refreshes: PreferencesRefresh;

    private shown = '';

    readonly tabs: readonly PreferencesTab[] = [
        {
            ...PREFERENCES_TABS.bandwidth,
            sections: [
                {
                    id: 'power',
                    title: 'Battery and metered connections',
                    rank: 350,
                    note: 'Of the computer that Connect runs on. What waits because of it says so, and goes on by itself.',
                    rows: [
                        this.row('connect.bandwidth.onBattery', 'On battery power', 'battery'),
                        this.row('connect.bandwidth.onMetered', 'On a metered connection', 'metered')
                    ]
                }
            ]
        }
    ];

    @postConstruct()
    protected init(): void {
        this.model.onDidChange(() => {
            const text = JSON.stringify(this.model.queue.power ?? '');
            if (text !== this.shown) {
                this.shown = text;
                this.refreshes.request();
            }
        });
    }

    private row(key: string, label: string, condition: PowerHold): SettingRow {
        return { key, label, remark: () => powerRemark(this.model.queue.power, condition) };
    }
}
