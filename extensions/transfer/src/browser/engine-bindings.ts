import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import { AboutDialog } from '@theia/core/lib/browser/about-dialog';
import {
    RemoteConnectionProvider,
    type ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import type { interfaces } from '@theia/core/shared/inversify';
import { bindEnginePreferences } from '../common/engine-preferences';
import { ENGINE_SERVICE_PATH, EngineService } from '../common/engine-protocol';
import { EngineAboutDialog } from './engine-about-dialog';
import { EngineCommands } from './engine-commands';
import '../../src/browser/style/engine-about.css';

/** What a window knows of engines. The dialog takes the place of Theia's where there is one. */
export function bindEngines(
    bind: interfaces.Bind,
    isBound: interfaces.IsBound,
    rebind: interfaces.Rebind
): void {
    bindEnginePreferences(bind);
    bind(EngineService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            return consumeFromRpc(provider.createProxy<EngineService>(ENGINE_SERVICE_PATH));
        })
        .inSingletonScope();
    bind(EngineCommands).toSelf().inSingletonScope();
    (isBound(AboutDialog) ? rebind : bind)(AboutDialog).to(EngineAboutDialog).inSingletonScope();
}
