import { exposeToRpc } from '@connect/security/lib/common/rpc-errors';
import { ConnectionHandler, RpcConnectionHandler } from '@theia/core/lib/common/messaging';
import type { interfaces } from '@theia/core/shared/inversify';
import { DIAGNOSIS_SERVICE_PATH, type DiagnosisClient } from '../../common/diagnosis/diagnosis-protocol';
import { TransferServiceImpl } from '../transfer-service';
import { DiagnosisWindow } from './diagnosis-window';
import { JobEvidenceStore } from './job-evidence-store';
import { ReportWriter } from './report-writer';
import { TestTargets } from './test-targets';

/** The diagnosis' part of the backend module: a service for each window, which ends with its connection. */
export function bindDiagnosis(bind: interfaces.Bind): void {
    bind(JobEvidenceStore).toSelf().inSingletonScope();
    bind(TestTargets).toSelf().inSingletonScope();
    bind(ReportWriter).toSelf().inSingletonScope();
    bind(ConnectionHandler)
        .toDynamicValue(
            ({ container }) =>
                new RpcConnectionHandler<DiagnosisClient>(DIAGNOSIS_SERVICE_PATH, client => {
                    const parts = {
                        transfers: container.get(TransferServiceImpl),
                        evidence: container.get(JobEvidenceStore),
                        targets: container.get(TestTargets),
                        reports: container.get(ReportWriter)
                    };
                    const window = new DiagnosisWindow(parts, client);
                    client.onDidCloseConnection(() => window.dispose());
                    return exposeToRpc(window);
                })
        )
        .inSingletonScope();
}
