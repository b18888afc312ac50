import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import { KeybindingContribution } from '@theia/core/lib/browser/keybinding';
import {
    RemoteConnectionProvider,
    type ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { CommandContribution } from '@theia/core/lib/common/command';
import { MenuContribution } from '@theia/core/lib/common/menu';
import type { interfaces } from '@theia/core/shared/inversify';
import { MONITOR_SERVICE_PATH, MonitorService } from '../common/monitor-protocol';
import { TransferService } from '../common/transfer-protocol';
import { ChartFactory, createChart } from './monitor-chart';
import { MonitorContribution } from './monitor-contribution';
import { MonitorModel } from './monitor-model';
import { MonitorOpener } from './monitor-opener';
import { MonitorOptions, MonitorWidget } from './monitor-widget';
import '../../src/browser/style/monitor-sections.css';
import '../../src/browser/style/monitor.css';

/** The monitors' part of the frontend module. */
export function bindMonitors(bind: interfaces.Bind): void {
    bind(MonitorService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            // what monitors are told comes over the connection of the list
            container.get(TransferService);
            return consumeFromRpc(provider.createProxy<MonitorService>(MONITOR_SERVICE_PATH));
        })
        .inSingletonScope();
    bind(MonitorModel).toSelf().inSingletonScope();
    bind(ChartFactory).toConstantValue(createChart);
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: MonitorWidget.FACTORY_ID,
            createWidget: (options: MonitorOptions) => {
                const child = container.createChild();
                child.bind(MonitorOptions).toConstantValue(options);
                child.bind(MonitorWidget).toSelf();
                return child.get(MonitorWidget);
            }
        }))
        .inSingletonScope();
    bind(MonitorOpener).toSelf().inSingletonScope();
    bind(MonitorContribution).toSelf().inSingletonScope();
    for (const contribution of [CommandContribution, KeybindingContribution, MenuContribution]) {
        bind(contribution).toService(MonitorContribution);
    }
}
