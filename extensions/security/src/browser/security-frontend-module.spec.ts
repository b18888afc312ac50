import { afterImports } from '../testing/frontend-globals';
import { ConnectError } from '@connect/base';
import { RemoteConnectionProvider } from '@theia/core/lib/browser/messaging/service-connection-provider';
import { CommandContribution } from '@theia/core/lib/common/command';
import { Event } from '@theia/core/lib/common/event';
import { ILogger } from '@theia/core/lib/common/logger';
import { MessageService } from '@theia/core/lib/common/message-service';
import { QuickInputService } from '@theia/core/lib/common/quick-pick-service';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { Account } from '../common/account-protocol';
import { AccountActions } from './account-actions';
import { AccountCommands } from './account-contribution';
import { AccountEvents, AccountModel } from './account-model';
import { LOG_OUT } from './login-contribution';
import securityModule from './security-frontend-module';
afterImports();

const ACCOUNT: Account = { id: 'a', name: 'A', typeId: 't', settings: {} };

describe('frontend module', () => {
    /** The module with a backend that knows `accounts`. */
    function load(accounts: Account[], list = async (): Promise<Account[]> => accounts): Container {
        const container = new Container();
        container.bind(ILogger).to(MockLogger);
        container.bind(MessageService).toConstantValue({} as MessageService);
        container.bind(QuickInputService).toConstantValue({} as QuickInputService);
        const proxy = { list, onDidOpenConnection: Event.None };
        container.bind(RemoteConnectionProvider).toConstantValue({ createProxy: () => proxy });
        container.load(securityModule);
        return container;
    }

    it('resolves what it contributes, with every command', () => {
        const container = load([]);
        const ids: string[] = [];
        const registry = { registerCommand: ({ id }: { id: string }) => ids.push(id) };
        for (const contribution of container.getAll<CommandContribution>(CommandContribution)) {
            contribution.registerCommands(registry as never);
        }
        const commands = [...Object.values(AccountCommands), LOG_OUT].map(({ id }) => id);
        expect(ids).to.have.members(commands);
        expect(container.get(AccountActions)).to.equal(container.get(AccountActions));
    });

    it('knows the accounts, first asked for and then as they change', async () => {
        const container = load([ACCOUNT]);
        const model = container.get(AccountModel);
        const seen: number[] = [];
        model.onDidChange(accounts => seen.push(accounts.length));
        await model.ready;
        expect(model.find('a')).to.equal(ACCOUNT);
        container.get(AccountEvents).onDidChangeAccounts([]);
        expect(model.accounts).to.deep.equal([]);
        expect(seen).to.deep.equal([1, 0]);
    });

    it('tells a list that could not be read from an empty one, and reads it again when asked', async () => {
        let broken = true;
        const model = load([], async () => {
            if (broken) {
                throw new ConnectError('internal', 'The database is locked.');
            }
            return [ACCOUNT];
        }).get(AccountModel);
        let changes = 0;
        model.onDidChange(() => changes++);
        await model.ready;
        expect([model.problem?.message, changes]).to.deep.equal(['The database is locked.', 1]);
        broken = false;
        await model.reload();
        expect([model.problem, model.accounts]).to.deep.equal([undefined, [ACCOUNT]]);
        broken = true;
        await model.reload();
        expect([model.problem, model.accounts], 'the old list stays').to.deep.equal([undefined, [ACCOUNT]]);
    });
});
