import { AccountType } from '@connect/api';
import { exposeToRpc } from '@connect/security/lib/common/rpc-errors';
import { ConnectionHandler, RpcConnectionHandler } from '@theia/core/lib/common/messaging';
import { ContainerModule } from '@theia/core/shared/inversify';
import { REMOTE_FILE_SERVICE_PATH, RemoteFileService } from '../common/remote-file-protocol';
import { bindRemoteViewPreferences } from '../common/remote-view-preferences';
import { RemoteFileServiceImpl } from './remote-file-service-impl';
import { TransferServerAccount } from './transfer-server-account';

export default new ContainerModule(bind => {
    bindRemoteViewPreferences(bind);
    bind(TransferServerAccount).toSelf().inSingletonScope();
    bind(AccountType).toService(TransferServerAccount);
    bind(RemoteFileServiceImpl).toSelf().inSingletonScope();
    bind(RemoteFileService).toService(RemoteFileServiceImpl);
    bind(ConnectionHandler)
        .toDynamicValue(
            ({ container }) =>
                new RpcConnectionHandler(REMOTE_FILE_SERVICE_PATH, () =>
                    exposeToRpc(container.get<RemoteFileService>(RemoteFileService))
                )
        )
        .inSingletonScope();
});
