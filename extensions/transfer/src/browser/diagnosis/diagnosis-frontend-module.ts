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
import {
    DIAGNOSIS_SERVICE_PATH,
    DiagnosisService,
    type DiagnosisSubject
} from '../../common/diagnosis/diagnosis-protocol';
import { DiagnosisContribution } from './diagnosis-contribution';
import { DiagnosisClientTarget, DiagnosisModel } from './diagnosis-model';
import { DiagnosisOpener } from './diagnosis-opener';
import { DiagnosisOptions, DiagnosisWidget } from './diagnosis-widget';
import { RemedyActions } from './remedy-actions';
import '../../../src/browser/style/diagnosis.css';

/** The diagnosis' part of the frontend module. */
export function bindDiagnosis(bind: interfaces.Bind): void {
    bind(DiagnosisClientTarget).toSelf().inSingletonScope();
    bind(DiagnosisService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            const target = container.get(DiagnosisClientTarget);
            return consumeFromRpc(provider.createProxy<DiagnosisService>(DIAGNOSIS_SERVICE_PATH, target));
        })
        .inSingletonScope();
    bind(DiagnosisModel).toSelf().inSingletonScope();
    bind(RemedyActions).toSelf().inSingletonScope();
    bind(WidgetFactory)
        .toDynamicValue(({ container }) => ({
            id: DiagnosisWidget.FACTORY_ID,
            createWidget: (subject: DiagnosisSubject) => {
                const child = container.createChild();
                child.bind(DiagnosisOptions).toConstantValue(subject);
                child.bind(DiagnosisWidget).toSelf();
                return child.get(DiagnosisWidget);
            }
        }))
        .inSingletonScope();
    bind(DiagnosisOpener).toSelf().inSingletonScope();
    bind(DiagnosisContribution).toSelf().inSingletonScope();
    for (const contribution of [CommandContribution, KeybindingContribution, MenuContribution]) {
        bind(contribution).toService(DiagnosisContribution);
    }
}
