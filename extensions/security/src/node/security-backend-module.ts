import { AccountType } from '@connect/api';
import { bindRootContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { KeyStoreService } from '@theia/core/lib/common/key-store';
import { ConnectionHandler } from '@theia/core/lib/common/messaging/handler';
import { RpcConnectionHandler } from '@theia/core/lib/common/messaging/proxy-factory';
import { BackendApplicationContribution } from '@theia/core/lib/node/backend-application';
import { WsRequestValidatorContribution } from '@theia/core/lib/node/ws-request-validators';
import { ContainerModule, interfaces } from '@theia/core/shared/inversify';
import { ACCOUNT_SERVICE_PATH, AccountClient, AccountService } from '../common/account-protocol';
import { exposeToRpc } from '../common/rpc-errors';
import { AccountServiceImpl } from './account-service-impl';
import { AccountSessions } from './account-sessions';
import { AccountStore } from './account-store';
import { ConnectDatabaseStore } from './connect-database-store';
import { ConnectHome, useConnectHomeForTheia } from './connect-home';
import { CredentialStore } from './credential-store';
import { DemoAccount, DemoSettingsText, takeDemoSettings } from './demo-account';
import { GuardedKeyStore } from './guarded-key-store';
import { HostKeyStore } from './host-key-store';
import { LoginGuard } from './login-guard';

// Theia copies the environment, readable by windows, as soon as its container is asked for it; modules load before.
useConnectHomeForTheia();
const demoSettings: DemoSettingsText = { text: takeDemoSettings(process.env) };

export default new ContainerModule((bind, _unbind, _isBound, rebind) => {
    bindStorage(bind);
    bindAccounts(bind);
    bindLogin(bind);
    rebind(KeyStoreService).to(GuardedKeyStore).inSingletonScope();
});

function bindStorage(bind: interfaces.Bind): void {
    bind(ConnectHome).toSelf().inSingletonScope();
    bind(ConnectDatabaseStore).toSelf().inSingletonScope();
    bind(AccountStore).toSelf().inSingletonScope();
    bind(HostKeyStore).toSelf().inSingletonScope();
    bind(CredentialStore).toSelf().inSingletonScope();
}

function bindAccounts(bind: interfaces.Bind): void {
    bindRootContributionProvider(bind, AccountType);
    bind(AccountSessions).toSelf().inSingletonScope();
    bind(AccountServiceImpl).toSelf().inSingletonScope();
    bind(AccountService).toService(AccountServiceImpl);
    bind(ConnectionHandler)
        .toDynamicValue(({ container }) => {
            const service = container.get(AccountServiceImpl);
            return new RpcConnectionHandler<AccountClient>(ACCOUNT_SERVICE_PATH, client => {
                service.addClient(client);
                client.onDidCloseConnection(() => service.removeClient(client));
                return exposeToRpc(service);
            });
        })
        .inSingletonScope();
    bind(DemoSettingsText).toConstantValue(demoSettings);
    bind(DemoAccount).toSelf().inSingletonScope();
    bind(BackendApplicationContribution).toService(DemoAccount);
}

function bindLogin(bind: interfaces.Bind): void {
    bind(LoginGuard).toSelf().inSingletonScope();
    bind(BackendApplicationContribution).toService(LoginGuard);
    bind(WsRequestValidatorContribution).toService(LoginGuard);
}
