import { AccountType, TransferEngine } from '@connect/api';
import { bindContributionProvider, ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import backendModule from './sample-backend-module';

describe('backend module of the sample', () => {
    let type: AccountType;
    let engine: TransferEngine;

    beforeEach(() => {
        const container = new Container();
        bindContributionProvider(container, AccountType);
        bindContributionProvider(container, TransferEngine);
        container.load(backendModule);
        const only = <T extends object>(point: symbol): T =>
            container.getNamed<ContributionProvider<T>>(ContributionProvider, point).getContributions()[0];
        type = only<AccountType>(AccountType);
        engine = only<TransferEngine>(TransferEngine);
    });

    const session = (title: string): ReturnType<AccountType['connect']> =>
        type.connect({ title, sizeMb: '1' }, {}, { trustedHostKey: () => undefined });

    it('brings an account type whose form asks for a title and a size', () => {
        expect(type.options.map(({ key, kind }) => [key, kind])).to.deep.equal([
            ['title', 'text'],
            ['sizeMb', 'choice']
        ]);
    });

    it('shows accounts with the same title the same files, and others their own', async () => {
        const [first, second, other] = [await session('A'), await session('A'), await session('B')];
        await first.files!.makeFolder('/shared');
        first.dispose();
        expect((await second.files!.list('/', 10)).entries.map(entry => entry.name)).to.deep.equal([
            'shared'
        ]);
        expect((await other.files!.list('/', 10)).entries).to.deep.equal([]);
    });

    it('brings an engine that takes what goes to such an account, and nothing else', async () => {
        const { endpoint } = await (await session('A')).transferEndpoint!();
        const task = {
            jobId: 'job',
            direction: 'send',
            endpoint,
            sources: ['/a'],
            destination: '/',
            rate: { targetBps: 1e6, minBps: 0, policy: 'fixed' },
            overwrite: 'diff',
            resume: 'attributes'
        } as const;
        expect(engine.refuses(task)).to.equal(undefined);
        expect(engine.refuses({ ...task, overwrite: 'always' })).to.be.a('string');
        const server = { host: 'h', sshPort: 1, udpPort: 1, user: 'u', hostKeyFingerprint: 'SHA256:k' };
        expect(engine.refuses({ ...task, endpoint: server })).to.be.a('string');
    });
});
