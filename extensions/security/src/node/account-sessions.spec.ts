import { AccountSession, AccountType } from '@connect/api';
import { ConnectError, StageReport } from '@connect/base';
import { bindRootContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { Account } from '../common/account-protocol';
import { AccountServiceImpl } from './account-service-impl';
import { AccountSessions } from './account-sessions';
import { AccountStore } from './account-store';
import { CredentialStore } from './credential-store';
import { HostKeyStore } from './host-key-store';

const FINGERPRINT = `SHA256:${'A'.repeat(43)}`;

/** Account type that connects when it gets the password `right`, and counts. */
class FakeType implements AccountType {
    readonly id = 'fake';
    readonly label = 'Fake';
    readonly options = [
        { key: 'host', label: 'Host', kind: 'host', required: true },
        { key: 'password', label: 'Password', kind: 'secret', required: true },
        { key: 'token', label: 'Token', kind: 'secret', required: false }
    ] as const;
    connected = 0;
    disposed = 0;
    stages: readonly StageReport[] = [];
    serverTarget?: AccountType['serverTarget'];

    async connect(
        ...[settings, secrets, context]: Parameters<AccountType['connect']>
    ): Promise<AccountSession> {
        this.stages.forEach(report => context.onStage?.(report));
        const data = { host: settings.host, port: 22, fingerprint: FINGERPRINT };
        const trusted = context.trustedHostKey(settings.host, 22);
        if (trusted !== FINGERPRINT) {
            const code = trusted ? 'transfer.host-key-mismatch' : 'transfer.host-key-unknown';
            throw new ConnectError(code, 'key', data);
        }
        if (secrets.password !== 'right') {
            throw new ConnectError('transfer.authentication-failed', 'refused');
        }
        this.connected++;
        return { dispose: () => this.disposed++ };
    }
}

/** The service over stores in memory. */
function setUp() {
    const container = new Container();
    const type = new FakeType();
    const accounts = new Map<string, Account>();
    const secrets = new Map<string, Record<string, string>>();
    const keys = new Map<string, string>();
    const forgotten: string[] = [];
    bindRootContributionProvider(container, AccountType);
    container.bind(AccountType).toConstantValue(type);
    container.bind(AccountStore).toConstantValue({
        list: () => [...accounts.values()],
        find: (id: string) => accounts.get(id),
        save: (account: Account) => accounts.set(account.id, account),
        remove: (id: string) => (accounts.delete(id), forgotten.push(id)),
        secretsToForget: () => [...forgotten],
        secretsForgotten: (id: string) => forgotten.splice(forgotten.indexOf(id), 1)
    } as unknown as AccountStore);
    container.bind(CredentialStore).toConstantValue({
        read: async (id: string) => secrets.get(id) ?? {},
        write: async (id: string, value: Record<string, string>, remember: boolean) => {
            secrets.set(id, value);
            return { remembered: remember };
        },
        forget: async (id: string) => (secrets.delete(id), true),
        keychain: async () => ({ available: true })
    } as unknown as CredentialStore);
    container.bind(HostKeyStore).toConstantValue({
        trusted: (host: string, port: number) => keys.get(`${host}:${port}`),
        trust: (host: string, port: number, value: string) => keys.set(`${host}:${port}`, value)
    } as unknown as HostKeyStore);
    container.bind(AccountSessions).toSelf().inSingletonScope();
    container.bind(AccountServiceImpl).toSelf().inSingletonScope();
    const service = container.get(AccountServiceImpl);
    return { type, secrets, keys, forgotten, service, sessions: container.get(AccountSessions) };
}

const NEW = { name: 'Mine', typeId: 'fake', settings: { host: 'h' }, secrets: {}, remember: false };

async function failureOf(work: Promise<unknown>): Promise<ConnectError> {
    const error: unknown = await work.then(
        () => undefined,
        (thrown: unknown) => thrown
    );
    expect(error).to.be.instanceOf(ConnectError);
    return error as ConnectError;
}

describe('account sessions', () => {
    it('ask for what is missing, step by step, naming the account', async () => {
        const { service, sessions } = setUp();
        const { id } = await service.add(NEW);

        const noPassword = await failureOf(sessions.session(id));
        expect(noPassword.code).to.equal('security.credentials-required');
        expect(noPassword.data).to.deep.equal({
            accountId: id,
            name: 'Mine',
            host: 'h',
            missing: 'password'
        });

        await service.provideSecrets(id, { password: 'wrong' }, false);
        const unknownKey = await failureOf(sessions.session(id));
        expect(unknownKey.code).to.equal('transfer.host-key-unknown');
        expect(unknownKey.data).to.include({ accountId: id, port: 22, fingerprint: FINGERPRINT });

        await service.trustHostKey('h', 22, FINGERPRINT);
        const refused = await failureOf(sessions.session(id));
        expect(refused.code).to.equal('transfer.authentication-failed');
        expect(refused.data).to.include({ accountId: id, missing: 'password' });

        await service.provideSecrets(id, { password: 'right' }, false);
        await sessions.session(id);
    });

    it('keep how far the last connection came, and say where it would go, for a test of the way', async () => {
        const { service, sessions, type } = setUp();
        const { id } = await service.add({ ...NEW, secrets: { password: 'right' } });
        expect(sessions.stages(id)).to.deep.equal([]);
        expect(await sessions.serverTarget(id), 'no transfer server').to.equal(undefined);
        const stages = ['name', 'tcp'] as const;
        type.stages = stages.map(stage => ({ stage, tookMs: 1, facts: {} }));
        type.serverTarget = ({ host }, { password }) => ({
            ...{ host, sshPort: 1, udpPort: 2, user: 'u' },
            credentials: { password }
        });
        await failureOf(sessions.session(id));
        await failureOf(sessions.session(id));
        expect(sessions.stages(id).map(({ stage }) => stage)).to.deep.equal(stages);
        expect((await sessions.serverTarget(id))?.credentials).to.deep.equal({ password: 'right' });
        await service.remove(id);
        expect(sessions.stages(id)).to.deep.equal([]);
    });

    it('tell the trusted key beside the changed one', async () => {
        const { service, sessions, keys } = setUp();
        keys.set('h:22', 'SHA256:old');
        const { id } = await service.add({ ...NEW, secrets: { password: 'right' } });
        const changed = await failureOf(sessions.session(id));
        expect(changed.code).to.equal('transfer.host-key-mismatch');
        expect(changed.data).to.include({ trusted: 'SHA256:old', fingerprint: FINGERPRINT });
    });

    it('are shared, and made anew after a change', async () => {
        const { service, sessions, type } = setUp();
        await service.trustHostKey('h', 22, FINGERPRINT);
        const { id } = await service.add({ ...NEW, secrets: { password: 'right' } });
        const [first, second] = await Promise.all([sessions.session(id), sessions.session(id)]);
        expect(first).to.equal(second);
        expect(type.connected).to.equal(1);
        await service.update(id, { name: 'Mine', settings: { host: 'h' } });
        expect(type.disposed).to.equal(1);
        expect(await sessions.session(id)).not.to.equal(first);
    });

    it('end with their account, and its secrets go', async () => {
        const { service, sessions, type, secrets, forgotten } = setUp();
        await service.trustHostKey('h', 22, FINGERPRINT);
        const { id } = await service.add({ ...NEW, secrets: { password: 'right' } });
        await sessions.session(id);
        const removed: string[] = [];
        sessions.onDidRemoveAccount(each => removed.push(each));
        await service.remove(id);
        expect(removed).to.deep.equal([id]);
        expect(type.disposed).to.equal(1);
        expect(secrets.has(id)).to.equal(false);
        expect(forgotten).to.deep.equal([]);
        expect((await failureOf(sessions.session(id))).code).to.equal('security.account-unknown');
    });
});

describe('account service', () => {
    it('tells every window of changes, until it is gone', async () => {
        const { service } = setUp();
        const seen: string[][] = [];
        const client = {
            onDidChangeAccounts: (list: Account[]) => void seen.push(list.map(({ name }) => name))
        };
        service.addClient(client);
        const { id } = await service.add(NEW);
        await service.update(id, { name: 'Other', settings: { host: 'h' } });
        service.removeClient(client);
        await service.remove(id);
        expect(seen).to.deep.equal([['Mine'], ['Other']]);
    });

    it('answers nothing that holds a secret', async () => {
        const { service } = setUp();
        const account = await service.add({ ...NEW, secrets: { password: 's3cret' } });
        const answers = [
            account,
            await service.list(),
            await service.types(),
            await service.provideSecrets(account.id, { password: 's3cret' }, true),
            await service.keychain()
        ];
        expect(JSON.stringify(answers)).not.to.contain('s3cret');
    });

    for (const { description, request } of [
        { description: 'an unknown type', request: { ...NEW, typeId: 'x' } },
        { description: 'an unknown secret', request: { ...NEW, secrets: { pasword: 'x' } } },
        {
            description: 'a secret among the settings',
            request: { ...NEW, settings: { host: 'h', token: 'x' } }
        }
    ]) {
        it(`refuses ${description}`, async () =>
            expect((await failureOf(setUp().service.add(request))).code).to.equal(
                'security.account-invalid'
            ));
    }

    for (const [host, port, fingerprint] of [
        ['h', 22, 'MD5:aa'],
        ['', 22, FINGERPRINT],
        ['h', 2.5, FINGERPRINT]
    ] as const) {
        it(`trusts no key like ${host}:${port} ${fingerprint.slice(0, 6)}`, async () =>
            expect((await failureOf(setUp().service.trustHostKey(host, port, fingerprint))).code).to.equal(
                'usage'
            ));
    }
});
