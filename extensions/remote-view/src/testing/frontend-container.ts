import type { RemoteFileSystem } from '@connect/api';
import { ConnectError } from '@connect/base';
import { AccountActions } from '@connect/security/lib/browser/account-actions';
import { AccountModel } from '@connect/security/lib/browser/account-model';
import type { Account } from '@connect/security/lib/common/account-protocol';
import { TransferActions } from '@connect/transfer/lib/browser/transfer-actions';
import { TransferClientModel } from '@connect/transfer/lib/browser/transfer-client-model';
import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import {
    ApplicationShell,
    ContextMenuRenderer,
    LabelProvider,
    LabelProviderContribution,
    OpenerService,
    TreeDecoratorService,
    ViewContainer,
    WidgetFactory,
    WidgetManager
} from '@theia/core/lib/browser';
import { ClipboardService } from '@theia/core/lib/browser/clipboard-service';
import { ContextKeyService, ContextKeyServiceDummyImpl } from '@theia/core/lib/browser/context-key-service';
import { FrontendApplicationContribution } from '@theia/core/lib/browser/frontend-application-contribution';
import { IconThemeService } from '@theia/core/lib/browser/icon-theme-service';
import { KeybindingContribution } from '@theia/core/lib/browser/keybinding';
import { LabelParser } from '@theia/core/lib/browser/label-parser';
import { RemoteConnectionProvider } from '@theia/core/lib/browser/messaging/service-connection-provider';
import { TabBarToolbarContribution } from '@theia/core/lib/browser/shell/tab-bar-toolbar';
import { StatusBar } from '@theia/core/lib/browser/status-bar/status-bar-types';
import { NoopTreeDecoratorService } from '@theia/core/lib/browser/tree/tree-decorator';
import { TreeLabelProvider } from '@theia/core/lib/browser/tree/tree-label-provider';
import { WindowService } from '@theia/core/lib/browser/window/window-service';
import {
    bindContributionProvider,
    CommandContribution,
    CommandRegistry,
    CommandService,
    Emitter,
    Event,
    ILogger,
    MenuContribution,
    MessageService,
    PreferenceService,
    ProgressService,
    SelectionService
} from '@theia/core/lib/common';
import { CorePreferences } from '@theia/core/lib/common/core-preferences';
import { EnvVariablesServer } from '@theia/core/lib/common/env-variables';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import { Container } from '@theia/core/shared/inversify';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { FileService, FileServiceContribution } from '@theia/filesystem/lib/browser/file-service';
import { FileChangesEvent } from '@theia/filesystem/lib/common/files';
import { FileUploadService } from '@theia/filesystem/lib/common/upload/file-upload';
import { FileNavigatorContribution } from '@theia/navigator/lib/browser/navigator-contribution';
import { NavigatorFileClipboard } from '@theia/navigator/lib/browser/navigator-file-clipboard';
import remoteViewModule from '../browser/remote-view-frontend-module';
import { RemoteFileSystemProvider } from '../browser/remote-file-system-provider';
import { RemoteFileService } from '../common/remote-file-protocol';
import { RemoteViewPreferences } from '../common/remote-view-preferences';
import { MemoryFileService } from './memory-file-service';

/** What the outside of the frontend module was asked to do. */
export interface Recorded {
    readonly transfers: Array<{
        readonly kind: string;
        readonly sources: string[];
        readonly target?: string;
    }>;
    readonly messages: string[];
    readonly hints: string[];
    clipboardText: string;
}

export interface TestFrontend {
    readonly container: Container;
    readonly recorded: Recorded;
    readonly jobs: Emitter<Job>;
    /** The list of accounts, or why there is none. */
    setAccounts(accounts: readonly Account[] | ConnectError): void;
}

/** The frontend module as it is, over file systems in memory; all that surrounds it stands in and records. */
export function createTestFrontend(files: ReadonlyMap<string, RemoteFileSystem>): TestFrontend {
    const container = new Container();
    const recorded: Recorded = { transfers: [], messages: [], hints: [], clipboardText: '' };
    const jobs = new Emitter<Job>();
    bindContributionPoints(container);
    container.load(remoteViewModule);
    bindTheia(container, recorded);
    bindOtherExtensions(container, recorded, jobs);
    const setAccounts = bindAccounts(container);
    container.rebind(RemoteFileService).toConstantValue(new MemoryFileService(files));
    container.rebind(RemoteViewPreferences).toConstantValue({ 'connect.general.remoteViewMaxItems': 3 });
    return { container, recorded, jobs, setAccounts };
}

function bindContributionPoints(container: Container): void {
    for (const point of [
        WidgetFactory,
        FrontendApplicationContribution,
        CommandContribution,
        MenuContribution,
        KeybindingContribution,
        LabelProviderContribution,
        TabBarToolbarContribution,
        FileServiceContribution
    ]) {
        bindContributionProvider(container, point);
    }
}

function bindTheia(container: Container, recorded: Recorded): void {
    const note = async (text: string): Promise<undefined> => {
        recorded.messages.push(text);
        return undefined;
    };
    container.bind(ILogger).to(MockLogger).inSingletonScope();
    container.bind(SelectionService).toSelf().inSingletonScope();
    container.bind(TreeLabelProvider).toSelf().inSingletonScope();
    container.bind(LabelProvider).toSelf().inSingletonScope();
    container.bind(TreeDecoratorService).to(NoopTreeDecoratorService);
    container.bind(WidgetManager).toSelf().inSingletonScope();
    container.bind(CommandRegistry).toSelf().inSingletonScope();
    container.bind(CommandService).toService(CommandRegistry);
    container.bind(ContextKeyService).to(ContextKeyServiceDummyImpl).inSingletonScope();
    container
        .bind(MessageService)
        .toConstantValue({ info: note, warn: note, error: note } as unknown as MessageService);
    container.bind(ProgressService).toConstantValue({
        withProgress: (_text: string, _location: string, task: () => Promise<unknown>) => task()
    } as unknown as ProgressService);
    container.bind(PreferenceService).toConstantValue({
        get: (_name: string, value: unknown) => value,
        onPreferenceChanged: Event.None
    } as unknown as PreferenceService);
    container
        .bind(CorePreferences)
        .toConstantValue({ onPreferenceChanged: Event.None } as unknown as CorePreferences);
    container.bind(FileService).toDynamicValue(({ container: inner }) => {
        const provider = inner.get(RemoteFileSystemProvider);
        const changed = new Emitter<FileChangesEvent>();
        provider.onDidChangeFile(changes => changed.fire(new FileChangesEvent([...changes])));
        return { onDidFilesChange: changed.event } as unknown as FileService;
    });
    container.bind(ClipboardService).toConstantValue({
        readText: () => recorded.clipboardText,
        writeText: async (text: string) => {
            recorded.clipboardText = text;
        }
    });
    container.bind(StatusBar).toConstantValue({
        setElement: async (_id: string, entry: { text: string }) => {
            recorded.hints.push(entry.text);
        },
        removeElement: async () => undefined
    } as unknown as StatusBar);
    container
        .bind(IconThemeService)
        .toConstantValue({ getDefinition: () => undefined, current: '' } as never);
    for (const unused of [
        ContextMenuRenderer,
        OpenerService,
        ApplicationShell,
        WindowService,
        LabelParser,
        EnvVariablesServer,
        FileUploadService,
        FileDialogService,
        NavigatorFileClipboard,
        FileNavigatorContribution,
        ViewContainer.Factory,
        RemoteConnectionProvider
    ]) {
        container.bind(unused).toConstantValue({} as never);
    }
}

function bindOtherExtensions(container: Container, recorded: Recorded, jobs: Emitter<Job>): void {
    type Uris = ReadonlyArray<{ toString(): string }>;
    const started = (kind: string) => async (sources: Uris, target?: { toString(): string }) => {
        recorded.transfers.push({ kind, sources: sources.map(String), target: target?.toString() });
        return [];
    };
    container.bind(TransferActions).toConstantValue({
        uploadLocal: started('upload'),
        download: started('download'),
        holdDropped: (_data: DataTransfer, target: object) => async () => {
            recorded.transfers.push({ kind: 'upload-dropped', sources: [], target: String(target) });
            return [];
        }
    } as unknown as TransferActions);
    container
        .bind(TransferClientModel)
        .toConstantValue({ onDidChangeJobState: jobs.event } as unknown as TransferClientModel);
}

function bindAccounts(container: Container): TestFrontend['setAccounts'] {
    const changed = new Emitter<readonly Account[]>();
    const model = {
        accounts: [] as readonly Account[],
        problem: undefined as ConnectError | undefined,
        ready: Promise.resolve(),
        onDidChange: changed.event,
        find: (id: string) => model.accounts.find(account => account.id === id)
    };
    container.bind(AccountModel).toConstantValue(model as unknown as AccountModel);
    container.bind(AccountActions).toConstantValue({
        withAccount: (_id: string, work: () => Promise<unknown>) => work()
    } as unknown as AccountActions);
    return given => {
        model.problem = ConnectError.is(given) ? given : undefined;
        model.accounts = ConnectError.is(given) ? [] : given;
        changed.fire(model.accounts);
    };
}
