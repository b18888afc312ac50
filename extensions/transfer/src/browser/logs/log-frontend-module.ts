import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import {
    RemoteConnectionProvider,
    type ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import { CommandContribution } from '@theia/core/lib/common/command';
import { MenuContribution } from '@theia/core/lib/common/menu';
import { ContainerModule } from '@theia/core/shared/inversify';
import { LOG_SERVICE_PATH, LogService } from '../../common/log-protocol';
import { LogChannels } from './log-channels';
import { LogClientTarget } from './log-client-target';
import { LogContribution } from './log-contribution';
import { LogFolderOpener } from './log-folder-opener';

// a module of its own: output channels stand on the editor, which the rest of this extension does without
export default new ContainerModule(bind => {
    bind(LogClientTarget).toSelf().inSingletonScope();
    bind(LogService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            const target = container.get(LogClientTarget);
            return consumeFromRpc(provider.createProxy<LogService>(LOG_SERVICE_PATH, target));
        })
        .inSingletonScope();
    bind(LogChannels).toSelf().inSingletonScope();
    bind(FrontendApplicationContribution).toService(LogChannels);
    bind(LogFolderOpener).toSelf().inSingletonScope();
    bind(LogContribution).toSelf().inSingletonScope();
    bind(CommandContribution).toService(LogContribution);
    bind(MenuContribution).toService(LogContribution);
});
