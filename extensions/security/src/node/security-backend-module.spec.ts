import { AccountType } from '@connect/api';
import { ConnectError } from '@connect/base';
import { ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { KeyStoreService } from '@theia/core/lib/common/key-store';
import { ILogger } from '@theia/core/lib/common/logger';
import { AbstractChannel } from '@theia/core/lib/common/message-rpc/channel';
import { WriteBuffer } from '@theia/core/lib/common/message-rpc/message-buffer';
import {
    Uint8ArrayReadBuffer,
    Uint8ArrayWriteBuffer
} from '@theia/core/lib/common/message-rpc/uint8-array-message-buffer';
import { ConnectionHandler } from '@theia/core/lib/common/messaging/handler';
import { RpcProxyFactory } from '@theia/core/lib/common/messaging/proxy-factory';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import {
    BackendApplicationContribution,
    EarlyExpressMiddleware
} from '@theia/core/lib/node/backend-application';
import { WsRequestValidatorContribution } from '@theia/core/lib/node/ws-request-validators';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { Account, AccountClient, AccountService } from '../common/account-protocol';
import { consumeFromRpc } from '../common/rpc-errors';
import { AccountStore } from './account-store';
import { ConnectDatabaseStore } from './connect-database-store';
import { DemoAccount, takeDemoSettings } from './demo-account';
import { GuardedKeyStore } from './guarded-key-store';
import { HostKeyStore } from './host-key-store';
import { LoginGuard } from './login-guard';
import securityModule from './security-backend-module';

/** Two channels back to back: the encoding of Theia's RPC without a socket. */
class PipeChannel extends AbstractChannel {
    peer!: PipeChannel;

    override getWriteBuffer(): WriteBuffer {
        const buffer = new Uint8ArrayWriteBuffer();
        buffer.onCommit(bytes =>
            setImmediate(() => this.peer.onMessageEmitter.fire(() => new Uint8ArrayReadBuffer(bytes)))
        );
        return buffer;
    }

    static pair(): [PipeChannel, PipeChannel] {
        const [left, right] = [new PipeChannel(), new PipeChannel()];
        left.peer = right;
        right.peer = left;
        return [left, right];
    }
}

/** The module as the backend loads it, over stores in memory. */
function load(): Container {
    const container = new Container();
    container.bind(ILogger).to(MockLogger);
    container.bind(EarlyExpressMiddleware).toSelf().inSingletonScope();
    container.bind(KeyStoreService).toConstantValue({});
    container.load(securityModule);
    const accounts = new Map<string, Account>();
    const store = {
        list: () => [...accounts.values()],
        find: (id: string) => accounts.get(id),
        save: (account: Account) => accounts.set(account.id, account),
        secretsToForget: () => []
    };
    container.rebind(AccountStore).toConstantValue(store as unknown as AccountStore);
    container.rebind(HostKeyStore).toConstantValue({} as HostKeyStore);
    container.rebind(ConnectDatabaseStore).toConstantValue({} as ConnectDatabaseStore);
    return container;
}

describe('backend module', () => {
    it('resolves everything that it contributes', () => {
        const container = load();
        const guard = container.get(LoginGuard);
        expect(container.getAll(BackendApplicationContribution)).to.have.members([
            guard,
            container.get(DemoAccount)
        ]);
        expect(container.getAll(WsRequestValidatorContribution)).to.deep.equal([guard]);
        expect(container.getAll(ConnectionHandler)).to.have.length(1);
        expect(container.get(KeyStoreService)).to.be.instanceOf(GuardedKeyStore);
        expect(container.get(AccountService)).to.equal(container.get(AccountService));
    });

    it('finds the account types of other extensions', () => {
        const container = load();
        const type = { id: 'x' } as AccountType;
        container.bind(AccountType).toConstantValue(type);
        const provider = container.getNamed<ContributionProvider<AccountType>>(
            ContributionProvider,
            AccountType
        );
        expect(provider.getContributions()).to.deep.equal([type]);
    });

    it('stands before all other HTTP handlers', () => {
        const container = load();
        const early = container.get(EarlyExpressMiddleware);
        const other = (): void => undefined;
        early.handlers.push(other);
        container.get(LoginGuard).initialize();
        expect(early.handlers).to.have.length(2);
        expect(early.handlers[1]).to.equal(other);
    });

    it('serves accounts over RPC: answers, pushes and errors', async () => {
        const container = load();
        const options = [{ key: 'host', label: 'Host', kind: 'host', required: true }];
        container
            .bind(AccountType)
            .toConstantValue({ id: 'x', label: 'X', options } as unknown as AccountType);
        const [server, client] = PipeChannel.pair();
        container.get<ConnectionHandler>(ConnectionHandler).onConnection(server);
        const pushed: Account[][] = [];
        const target: AccountClient = { onDidChangeAccounts: accounts => void pushed.push(accounts) };
        const factory = new RpcProxyFactory<AccountService>(target);
        factory.listen(client);
        const service = consumeFromRpc(factory.createProxy());

        expect(await service.types()).to.deep.equal([{ id: 'x', label: 'X', options }]);
        const request = { name: 'A', typeId: 'x', settings: { host: 'h' }, secrets: {}, remember: false };
        const account = await service.add(request);
        expect(await service.list()).to.deep.equal([account]);
        expect(pushed).to.deep.equal([[account]]);
        const error: unknown = await service.add(request).catch((thrown: unknown) => thrown);
        expect(ConnectError.is(error, 'security.account-invalid') && error.data.key).to.equal('name');
    });

    it('takes the demo server out of the environment', () => {
        const env = { CONNECT_DEMO: 'x', OTHER: 'y' };
        expect(takeDemoSettings(env)).to.equal('x');
        expect(env).to.deep.equal({ OTHER: 'y' });
    });
});
