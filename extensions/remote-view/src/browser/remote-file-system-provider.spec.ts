import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no drag events, and a library extends them when it is loaded
(globalThis as { DragEvent?: unknown }).DragEvent ??= class extends MouseEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { HARD_NAMES } from '@connect/api/lib/testing/describe-remote-file-system';
import { MemoryRemoteFileSystem } from '@connect/api/lib/testing/memory-remote-file-system';
import { ConnectError, ErrorCode } from '@connect/base';
import { remoteUri } from '@connect/security/lib/common/remote-uri';
import URI from '@theia/core/lib/common/uri';
import { Container } from '@theia/core/shared/inversify';
import type { FileService } from '@theia/filesystem/lib/browser/file-service';
import {
    FileChange,
    FileChangeType,
    FileOperationError,
    FileOperationResult,
    FileSystemProviderError,
    FileSystemProviderErrorCode,
    FileType
} from '@theia/filesystem/lib/common/files';
import { expect } from 'chai';
import { RemoteFileService } from '../common/remote-file-protocol';
import { RemoteViewPreferences } from '../common/remote-view-preferences';
import { MemoryFileService } from '../testing/memory-file-service';
import { toFileServiceError } from './remote-file-errors';
import {
    MAX_EDIT_BYTES,
    RemoteFileServiceContribution,
    RemoteFileSystemProvider
} from './remote-file-system-provider';
disableJSDOM();

const at = (path: string): URI => new URI(remoteUri('alpha', path));
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (content: Uint8Array): string => new TextDecoder().decode(content);
const REPLACE = { create: true, overwrite: true };

async function errorOf(work: Promise<unknown>): Promise<unknown> {
    try {
        await work;
    } catch (error) {
        return error;
    }
    throw new Error('should have been rejected');
}

describe('RemoteFileSystemProvider', () => {
    let now: number;
    let files: MemoryRemoteFileSystem;
    let provider: RemoteFileSystemProvider;
    let changes: FileChange[];

    before(() => {
        disableJSDOM = enableJSDOM();
    });

    after(() => disableJSDOM());

    beforeEach(() => {
        now = 1_000;
        files = new MemoryRemoteFileSystem(() => now);
        const container = new Container();
        container.bind(RemoteFileService).toConstantValue(new MemoryFileService(new Map([['alpha', files]])));
        container.bind(RemoteViewPreferences).toConstantValue({ 'connect.general.remoteViewMaxItems': 3 });
        container.bind(RemoteFileSystemProvider).toSelf();
        provider = container.get(RemoteFileSystemProvider);
        changes = [];
        provider.onDidChangeFile(event => changes.push(...event));
    });

    for (const { description, name } of HARD_NAMES) {
        it(`carries names with ${description} through Theia's URIs`, async () => {
            await files.makeFolder('/folder');
            await files.write(`/folder/${name}`, bytes(description));
            const folder = at('/folder');
            const [[listed, type]] = await provider.readdir(folder);
            expect(type).to.equal(FileType.File);
            // what Theia does with the names of a listing, and what it does with URIs in storage
            const uri = new URI(folder.resolve(listed).toString());
            expect(text(await provider.readFile(uri))).to.equal(description);
            expect(uri.toString()).to.equal(at(`/folder/${name}`).toString());
            expect(uri.parent.toString()).to.equal(folder.toString());
            await provider.rename(uri, at(`/${name}`), { overwrite: false });
            expect((await files.stat(`/${name}`)).type).to.equal('file');
        });
    }

    it('keeps a name that is not valid UTF-8', async () => {
        await files.write('/bad \udcff byte', bytes('x'));
        const [[name]] = await provider.readdir(at('/'));
        expect(text(await provider.readFile(at('/').resolve(name)))).to.equal('x');
    });

    it('lists no more than the setting says, and learns the rights', async () => {
        expect(provider.rightsAt(at('/'))).to.equal(undefined);
        for (const name of ['a', 'b', 'c', 'd']) {
            await files.write(`/${name}`, bytes(name));
        }
        const folder = await provider.listFolder(at('/'));
        expect(folder.files).to.have.length(3);
        expect(folder.truncated).to.equal(true);
        expect(provider.rightsAt(at('/a'))?.write).to.equal(true);
    });

    it('refuses to read what is too large, and says what to do instead', async () => {
        await files.write('/film', new Uint8Array(MAX_EDIT_BYTES + 1));
        const error = (await errorOf(provider.readFile(at('/film')))) as FileSystemProviderError;
        expect(error.code).to.equal(FileSystemProviderErrorCode.FileExceedsMemoryLimit);
        expect(error.message).to.contain('Download it instead').and.to.contain('“film”');
    });

    it('saves what nobody else has changed', async () => {
        await files.write('/a', bytes('one'));
        await provider.readFile(at('/a'));
        now = 5_000;
        await provider.writeFile(at('/a'), bytes('two'), REPLACE);
        await provider.writeFile(at('/a'), bytes('three'), REPLACE);
        expect(text(await files.read('/a', 100))).to.equal('three');
        expect(changes.map(change => change.type)).to.deep.equal([
            FileChangeType.UPDATED,
            FileChangeType.UPDATED
        ]);
    });

    it('does not cover up a change of the same second, and does so once the user insists', async () => {
        await files.write('/a', bytes('one'));
        await provider.readFile(at('/a'));
        await files.write('/a', bytes('from a colleague'));
        const error = (await errorOf(
            provider.writeFile(at('/a'), bytes('mine'), REPLACE)
        )) as FileOperationError;
        expect(error).to.be.instanceOf(FileOperationError);
        expect(error.fileOperationResult).to.equal(FileOperationResult.FILE_MODIFIED_SINCE);
        expect(text(await files.read('/a', 100))).to.equal('from a colleague');
        await provider.writeFile(at('/a'), bytes('mine'), REPLACE);
        expect(text(await files.read('/a', 100))).to.equal('mine');
    });

    it('makes a new file only where there is none', async () => {
        await files.write('/a', bytes('kept'));
        const error = await errorOf(
            provider.writeFile(at('/a'), bytes(''), { create: true, overwrite: false })
        );
        expect((error as FileSystemProviderError).code).to.equal(FileSystemProviderErrorCode.FileExists);
        expect(text(await files.read('/a', 100))).to.equal('kept');
    });

    it('never renames over a file', async () => {
        await files.write('/a', bytes('A'));
        await files.write('/b', bytes('B'));
        const error = await errorOf(provider.rename(at('/a'), at('/b'), { overwrite: true }));
        expect((error as FileSystemProviderError).code).to.equal(FileSystemProviderErrorCode.FileExists);
        expect(text(await files.read('/b', 100))).to.equal('B');
    });

    it('tells of what it changes, so that trees and editors follow', async () => {
        await provider.mkdir(at('/new'));
        await provider.rename(at('/new'), at('/newer'), { overwrite: false });
        await provider.delete(at('/newer'), { recursive: true, useTrash: false });
        expect(changes.map(change => [change.type, change.resource.path.toString()])).to.deep.equal([
            [FileChangeType.ADDED, '/new'],
            [FileChangeType.DELETED, '/new'],
            [FileChangeType.ADDED, '/newer'],
            [FileChangeType.DELETED, '/newer']
        ]);
    });
});

describe('RemoteFileServiceContribution', () => {
    it('registers the provider before anything asks for the scheme, so that its changes are heard', () => {
        const provider = {} as RemoteFileSystemProvider;
        const container = new Container();
        container.bind(RemoteFileSystemProvider).toConstantValue(provider);
        container.bind(RemoteFileServiceContribution).toSelf();
        const registered: unknown[] = [];
        container.get(RemoteFileServiceContribution).registerFileSystemProviders({
            registerProvider: (...args: unknown[]) => registered.push(...args)
        } as unknown as FileService);
        expect(registered).to.deep.equal(['connect', provider]);
    });
});

describe('toFileServiceError', () => {
    const rows: ReadonlyArray<readonly [ErrorCode, FileSystemProviderErrorCode]> = [
        ['files.not-found', FileSystemProviderErrorCode.FileNotFound],
        ['files.exists', FileSystemProviderErrorCode.FileExists],
        ['files.permission-denied', FileSystemProviderErrorCode.NoPermissions],
        ['files.not-a-directory', FileSystemProviderErrorCode.FileNotADirectory],
        ['files.is-a-directory', FileSystemProviderErrorCode.FileIsADirectory],
        ['files.too-large', FileSystemProviderErrorCode.FileExceedsMemoryLimit],
        ['files.not-empty', FileSystemProviderErrorCode.Unknown],
        ['transfer.connection-lost', FileSystemProviderErrorCode.Unavailable],
        ['security.credentials-required', FileSystemProviderErrorCode.Unavailable],
        ['internal', FileSystemProviderErrorCode.Unknown]
    ];
    for (const [code, expected] of rows) {
        it(`maps ${code}`, () => {
            const error = toFileServiceError(new ConnectError(code, 'why')) as FileSystemProviderError;
            expect(error.code).to.equal(expected);
            expect(error.message).to.equal('why');
        });
    }
});
