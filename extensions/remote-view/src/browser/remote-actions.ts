import { ConnectError } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { parseRemoteUri, remoteUri } from '@connect/security/lib/common/remote-uri';
import { TransferActions } from '@connect/transfer/lib/browser/transfer-actions';
import { MessageService } from '@theia/core/lib/common/message-service';
import { ProgressService } from '@theia/core/lib/common/progress-service';
import URI from '@theia/core/lib/common/uri';
import { inject, injectable } from '@theia/core/shared/inversify';
import { DropPlan, rightNeeded } from '../common/drop-plan';
import { shownName } from '../common/names';
import { RemoteFileService } from '../common/remote-file-protocol';
import { notGranted, type Right } from '../common/rights';
import { RemoteFileSystemProvider } from './remote-file-system-provider';

/** Carries out what drops, pastes and commands have decided, and tells the user when it fails. */
@injectable()
export class RemoteActions {
    @inject(RemoteFileService) protected readonly service: RemoteFileService;
    @inject(RemoteFileSystemProvider) protected readonly provider: RemoteFileSystemProvider;
    @inject(AccountActions) protected readonly accounts: AccountActions;
    @inject(TransferActions) protected readonly transfers: TransferActions;
    @inject(MessageService) protected readonly messages: MessageService;
    @inject(ProgressService) protected readonly progress: ProgressService;

    /**
     * Resolves to whether it was done. Must be called in the event handler itself: browsers take the data away after.
     *
     * @param data of the drop or paste, for files from the desktop
     */
    perform(plan: DropPlan, data?: DataTransfer): Promise<boolean> {
        const work = this.workOf(plan, data);
        if (!work) {
            return Promise.resolve(false);
        }
        const needed = rightNeeded(plan);
        return this.report(async () => {
            if (needed) {
                await this.require(needed.right, toUri(needed.uri));
            }
            await work();
        });
    }

    /** The plan, or why the server would refuse it, as far as that is known. */
    checked(plan: DropPlan): DropPlan {
        const needed = rightNeeded(plan);
        return needed && this.provider.rightsAt(toUri(needed.uri))?.[needed.right] === false
            ? { kind: 'refuse', reason: notGranted(needed.right) }
            : plan;
    }

    /**
     * Rejects with `not-supported` when the server does not grant `right` on the account of `uri`. Signs in where that
     * is not known; a server that cannot be reached now is no reason, for transfers wait for theirs.
     */
    async require(right: Right, uri: URI): Promise<void> {
        if (this.provider.rightsAt(uri)?.[right]) {
            return;
        }
        try {
            const rights = await this.onAccount(uri, () => this.provider.askRights(uri));
            if (!rights[right]) {
                throw new ConnectError('not-supported', notGranted(right));
            }
        } catch (error) {
            if (ConnectError.from(error).kind !== 'transient') {
                throw error;
            }
        }
    }

    /** What is dropped is taken hold of at once, and goes on its way when the result is called. */
    private workOf(plan: DropPlan, data: DataTransfer | undefined): (() => Promise<unknown>) | undefined {
        switch (plan.kind) {
            case 'upload':
                return () => this.transfers.uploadLocal(plan.sources.map(toUri), toUri(plan.target));
            case 'upload-dropped':
                return data && this.transfers.holdDropped(data, toUri(plan.target));
            case 'download':
                return () => this.transfers.download(plan.sources.map(toUri), toUri(plan.target));
            case 'move':
                return () => this.move(plan.moves);
            case 'refuse':
                return () => Promise.reject(new ConnectError('not-supported', plan.reason));
            default:
                return undefined;
        }
    }

    /** Runs `work` on the account of `uri`, asking for what it needs to sign in. */
    onAccount<T>(uri: URI, work: () => Promise<T>): Promise<T> {
        return this.accounts.withAccount(uri.authority, work);
    }

    /** Shows a failure as a message; what the user stopped is none. */
    async report(work: () => Promise<unknown>): Promise<boolean> {
        try {
            await work();
            return true;
        } catch (raised) {
            const error = ConnectError.from(raised);
            if (error.code === 'cancelled') {
                return false;
            }
            const show = error.code === 'not-supported' ? 'warn' : 'error';
            void this.messages[show](error.message);
            return false;
        }
    }

    async makeFolder(folder: URI, name: string): Promise<URI> {
        const uri = childUri(folder, name);
        await this.onAccount(uri, () => this.service.makeFolder(uri.toString()));
        this.provider.fireAdded([uri]);
        return uri;
    }

    async makeFile(folder: URI, name: string): Promise<URI> {
        const uri = childUri(folder, name);
        await this.onAccount(uri, () => this.service.write(uri.toString(), new Uint8Array(), 'nothing'));
        this.provider.fireAdded([uri]);
        return uri;
    }

    async rename(uri: URI, name: string): Promise<URI> {
        const target = childUri(uri.parent, name);
        await this.move([{ from: uri.toString(), to: target.toString() }]);
        return target;
    }

    /** Deletes one after the other; stops at the first failure and says which it was. */
    async delete(uris: readonly URI[]): Promise<void> {
        const work = async (): Promise<void> => {
            for (const uri of uris) {
                await this.naming(uri, () => this.service.delete(uri.toString(), true));
                this.provider.fireDeleted(uri);
            }
        };
        await this.progress.withProgress('Deleting on the server…', 'notification', work);
    }

    private async move(moves: ReadonlyArray<{ readonly from: string; readonly to: string }>): Promise<void> {
        for (const { from, to } of moves) {
            const source = toUri(from);
            await this.naming(source, () => this.service.rename(from, to));
            this.provider.fireDeleted(source);
            this.provider.fireAdded([toUri(to)]);
        }
    }

    private async naming<T>(uri: URI, work: () => Promise<T>): Promise<T> {
        try {
            return await this.onAccount(uri, work);
        } catch (raised) {
            const error = ConnectError.from(raised);
            if (!error.code.startsWith('files.')) {
                throw error;
            }
            throw new ConnectError(error.code, `“${nameOf(uri)}”: ${error.message}`, error.data, error);
        }
    }
}

/** URI of `name` in a remote folder. */
export function childUri(folder: URI, name: string): URI {
    const place = parseRemoteUri(folder.toString());
    if (!place) {
        throw new ConnectError('usage', `Not a place on an account: ${folder.toString()}`);
    }
    return toUri(remoteUri(place.accountId, `${place.path === '/' ? '' : place.path}/${name}`));
}

function nameOf(uri: URI): string {
    const path = parseRemoteUri(uri.toString())?.path ?? '';
    return shownName(path.slice(path.lastIndexOf('/') + 1));
}

function toUri(uri: string): URI {
    return new URI(uri);
}
