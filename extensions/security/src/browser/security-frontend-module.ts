import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import {
    RemoteConnectionProvider,
    ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import { CommandContribution } from '@theia/core/lib/common/command';
import { ContainerModule, interfaces } from '@theia/core/shared/inversify';
import '../../src/browser/style/security.css';
import { ACCOUNT_SERVICE_PATH, AccountService } from '../common/account-protocol';
import { consumeFromRpc } from '../common/rpc-errors';
import { AccountActions } from './account-actions';
import { AccountContribution } from './account-contribution';
import { AccountEvents, AccountModel } from './account-model';
import { FocusKeeper } from './focus-keeper';
import { LoginContribution } from './login-contribution';
import { PaletteKeys } from './palette-keys';

export default new ContainerModule(bind => {
    bindAccounts(bind);
    bind(LoginContribution).toSelf().inSingletonScope();
    bind(CommandContribution).toService(LoginContribution);
    bind(FocusKeeper).toSelf().inSingletonScope();
    bind(FrontendApplicationContribution).toService(FocusKeeper);
    bind(PaletteKeys).toSelf().inSingletonScope();
    bind(FrontendApplicationContribution).toService(PaletteKeys);
});

function bindAccounts(bind: interfaces.Bind): void {
    bind(AccountEvents).toSelf().inSingletonScope();
    bind(AccountService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            return consumeFromRpc(
                provider.createProxy<AccountService>(ACCOUNT_SERVICE_PATH, container.get(AccountEvents))
            );
        })
        .inSingletonScope();
    bind(AccountModel).toSelf().inSingletonScope();
    bind(AccountActions).toSelf().inSingletonScope();
    bind(AccountContribution).toSelf().inSingletonScope();
    bind(CommandContribution).toService(AccountContribution);
}
