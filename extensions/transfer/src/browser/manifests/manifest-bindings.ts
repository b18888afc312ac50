import { consumeFromRpc } from '@connect/security/lib/common/rpc-errors';
import {
    RemoteConnectionProvider,
    type ServiceConnectionProvider
} from '@theia/core/lib/browser/messaging/service-connection-provider';
import { CommandContribution } from '@theia/core/lib/common/command';
import { MenuContribution } from '@theia/core/lib/common/menu';
import type { interfaces } from '@theia/core/shared/inversify';
import { MANIFEST_SERVICE_PATH, ManifestService } from '../../common/manifest-protocol';
import { ManifestActions } from './manifest-actions';
import { ManifestClientTarget } from './manifest-client-target';
import { ManifestContribution } from './manifest-contribution';

/** The manifests' part of the frontend module. */
export function bindManifests(bind: interfaces.Bind): void {
    bind(ManifestClientTarget).toSelf().inSingletonScope();
    bind(ManifestService)
        .toDynamicValue(({ container }) => {
            const provider = container.get<ServiceConnectionProvider>(RemoteConnectionProvider);
            const target = container.get(ManifestClientTarget);
            return consumeFromRpc(provider.createProxy<ManifestService>(MANIFEST_SERVICE_PATH, target));
        })
        .inSingletonScope();
    bind(ManifestActions).toSelf().inSingletonScope();
    bind(ManifestContribution).toSelf().inSingletonScope();
    bind(CommandContribution).toService(ManifestContribution);
    bind(MenuContribution).toService(ManifestContribution);
}
