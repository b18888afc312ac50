import { AccountType, FileCapabilities, RemoteFileSystem } from '@connect/api';
import { MemoryRemoteFileSystem } from '@connect/api/lib/testing/memory-remote-file-system';
import { ConnectError, ErrorCode } from '@connect/base';
import { remoteUri } from '@connect/security/lib/common/remote-uri';
import { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { bindContributionProvider, ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { ConnectionHandler } from '@theia/core/lib/common/messaging';
import { PreferenceContribution } from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { REMOTE_FILE_SERVICE_PATH, RemoteFileService } from '../common/remote-file-protocol';
import { MemoryFileService } from '../testing/memory-file-service';
import backendModule from './remote-view-backend-module';

const at = (path: string, account = 'alpha'): string => remoteUri(account, path);
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

async function codeOf(work: () => Promise<unknown>): Promise<ErrorCode | undefined> {
    try {
        await work();
        return undefined;
    } catch (error) {
        return ConnectError.from(error).code;
    }
}

describe('remote-view backend module', () => {
    let container: Container;

    beforeEach(() => {
        container = new Container();
        for (const point of [AccountType, ConnectionHandler, PreferenceContribution]) {
            bindContributionProvider(container, point);
        }
        container.load(backendModule);
        container.bind(AccountSessions).toConstantValue({} as AccountSessions);
        container.bind(PreferenceService).toConstantValue({} as PreferenceService);
    });

    const contributions = <T extends object>(point: symbol): T[] =>
        container.getNamed<ContributionProvider<T>>(ContributionProvider, point).getContributions();

    it('brings the account type, with secrets that are marked as such', () => {
        const [type] = contributions<AccountType>(AccountType);
        expect(type.id).to.equal('transfer-server');
        const kinds = new Map(type.options.map(option => [option.key, option.kind]));
        for (const [key, kind] of [
            ['host', 'host'],
            ['sshPort', 'port'],
            ['udpPort', 'port'],
            ['user', 'text'],
            ['password', 'secret'],
            ['privateKey', 'multiline-secret'],
            ['passphrase', 'secret'],
            ['token', 'secret']
        ]) {
            expect(kinds.get(key), key).to.equal(kind);
        }
    });

    it('serves files on their path, and brings its settings', () => {
        const [handler] = contributions<ConnectionHandler>(ConnectionHandler);
        expect(handler.path).to.equal(REMOTE_FILE_SERVICE_PATH);
        expect(container.get(RemoteFileService)).to.be.an('object');
        expect(contributions(PreferenceContribution)).to.have.length(1);
    });

    for (const [key, value] of [
        ['host', ' '],
        ['user', ''],
        ['sshPort', '0'],
        ['udpPort', '65536'],
        ['sshPort', '22x']
    ]) {
        it(`refuses ${key} “${value}” before anything is sent`, async () => {
            const [type] = contributions<AccountType>(AccountType);
            const settings = { host: 'h', user: 'u', sshPort: '1', udpPort: '1', [key]: value };
            const code = await codeOf(() =>
                type.connect(settings, { password: 'p' }, { trustedHostKey: () => undefined })
            );
            expect(code).to.equal('security.account-invalid');
        });
    }
});

describe('RemoteFileService', () => {
    let files: MemoryRemoteFileSystem;
    let service: MemoryFileService;

    beforeEach(() => {
        files = new MemoryRemoteFileSystem(() => 1_000);
        service = new MemoryFileService(new Map<string, RemoteFileSystem>([['alpha', files]]));
    });

    it('names entries by URI', async () => {
        await files.write('/a #1\nb', bytes('x'));
        const { files: entries, capabilities } = await service.list(at('/'), 10);
        expect(entries).to.deep.equal([
            { uri: at('/a #1\nb'), type: 'file', sizeBytes: 1, modifiedMs: 1_000 }
        ]);
        expect(capabilities.write).to.equal(true);
    });

    for (const limit of [0, -1, 0.5]) {
        it(`takes a limit of ${limit} for one`, async () => {
            await files.write('/a', bytes('x'));
            await files.write('/b', bytes('x'));
            expect((await service.list(at('/'), limit)).files).to.have.length(1);
        });
    }

    it('refuses what is no place on an account', async () => {
        for (const uri of ['file:///etc/passwd', 'connect:/x', 'connect://alpha/%zz', '']) {
            expect(await codeOf(() => service.stat(uri)), uri).to.equal('usage');
        }
    });

    it('does not rename from account to account', async () => {
        expect(await codeOf(() => service.rename(at('/a'), at('/a', 'beta')))).to.equal('usage');
    });

    it('writes only over the version that was seen', async () => {
        const first = await service.write(at('/a'), bytes('one'), 'nothing');
        expect(await codeOf(() => service.write(at('/a'), bytes('x'), 'nothing'))).to.equal('files.exists');
        await service.write(at('/a'), bytes('other'), undefined);
        expect(await codeOf(() => service.write(at('/a'), bytes('two'), first))).to.equal('files.changed');
        expect(new TextDecoder().decode(await files.read('/a', 10))).to.equal('other');
    });

    it('signs in anew when a reconnect meets a question', async () => {
        const rights: FileCapabilities = files.capabilities;
        const changed = new ConnectError('transfer.host-key-mismatch', 'The key has changed.');
        const asking = {
            capabilities: rights,
            stat: () => Promise.reject(changed)
        } as unknown as RemoteFileSystem;
        service = new MemoryFileService(new Map([['alpha', asking]]));
        expect(await codeOf(() => service.stat(at('/a')))).to.equal('transfer.host-key-mismatch');
        expect(service.disconnected).to.deep.equal(['alpha']);
    });
});
