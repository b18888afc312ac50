import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { ContainerModule } from '@theia/core/shared/inversify';
import { SyncLog } from './sync-log';

export default new ContainerModule(bind => {
    bind(SyncLog).toSelf().inSingletonScope();
    bind(BackendApplicationContribution).toService(SyncLog);
});
