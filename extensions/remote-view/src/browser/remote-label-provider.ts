import { AccountModel } from '@connect/security/lib/browser/account-model';
import { parseRemoteUri, REMOTE_SCHEME } from '@connect/security/lib/common/remote-uri';
import { codicon } from '@theia/core/lib/browser';
import { LabelProviderContribution } from '@theia/core/lib/browser/label-provider';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import { FileStatNode } from '@theia/filesystem/lib/browser';
import { FileStat } from '@theia/filesystem/lib/common/files';
import { shownName } from '../common/names';
import { isAccountNode, isStatusNode, StatusNode } from './remote-tree';

/** Above those of URIs and of tree nodes. */
const PRIORITY = 1_000;

const STATUS_ICONS: Readonly<Record<StatusNode['status'], string>> = {
    empty: codicon('dash'),
    partial: codicon('ellipsis'),
    offline: codicon('debug-disconnect'),
    failed: codicon('error')
};

/** Names of remote files as people should read them: URIs carry some characters in another guise. */
@injectable()
export class RemoteLabelProvider implements LabelProviderContribution {
    @inject(AccountModel) protected readonly accounts: AccountModel;

    canHandle(element: object): number {
        return isAccountNode(element) || isStatusNode(element) || toRemote(element) ? PRIORITY : 0;
    }

    getIcon(element: object): string | undefined {
        if (isAccountNode(element)) {
            return codicon(element.accountState === 'connected' ? 'vm-active' : 'vm');
        }
        return isStatusNode(element) ? STATUS_ICONS[element.status] : undefined;
    }

    getName(element: object): string | undefined {
        if (isAccountNode(element)) {
            return shownName(element.account.name);
        }
        if (isStatusNode(element)) {
            return element.message;
        }
        const place = toPlace(element);
        if (!place) {
            return undefined;
        }
        return place.path === '/'
            ? this.accountName(place.accountId)
            : shownName(place.path.slice(place.path.lastIndexOf('/') + 1));
    }

    getLongName(element: object): string | undefined {
        const place = toPlace(element);
        return place && `${this.accountName(place.accountId)}: ${shownName(place.path)}`;
    }

    private accountName(id: string): string {
        return shownName(this.accounts.find(id)?.name ?? id);
    }
}

function toPlace(element: object): ReturnType<typeof parseRemoteUri> {
    const uri = toRemote(element);
    return uri && parseRemoteUri(uri.toString());
}

function toRemote(element: object): URI | undefined {
    const uri =
        element instanceof URI
            ? element
            : FileStat.is(element)
              ? element.resource
              : FileStatNode.is(element)
                ? element.uri
                : undefined;
    return uri?.scheme === REMOTE_SCHEME ? uri : undefined;
}
