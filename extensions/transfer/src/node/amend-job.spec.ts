import { expect } from 'chai';
import { World } from '../testing/scheduler-world';

describe('amending a job', () => {
    let world: World;

    beforeEach(() => {
        world = new World();
        // an account without a password: jobs wait for it
        world.password = '';
    });

    const codeOf = (work: () => void): string | undefined => {
        try {
            work();
            return undefined;
        } catch (error) {
            return (error as { code?: string }).code;
        }
    };

    it('sends one that waits to another folder, from nothing, and lets it go on', async () => {
        world.add('a', 1000, { bytesDone: 400, filesDone: 1, scanComplete: false });
        await world.run(200);
        expect(world.states()).to.deep.equal({ a: 'needs-user' });
        world.password = 'secret';
        world.scheduler.amend('a', { target: '/elsewhere' });
        expect(world.store.records.get('a')).to.include({ target: '/elsewhere', bytesDone: 0, filesDone: 0 });
        await world.run(3000);
        expect(world.states()).to.deep.equal({ a: 'completed' });
        expect([...world.engine.far.keys()].join()).to.contain('/elsewhere');
    });

    it('keeps what arrived when only the way is another one', async () => {
        world.add('a', 1000, { bytesDone: 400 });
        await world.run(200);
        world.scheduler.amend('a', { wantedEngineId: 'https' });
        expect(world.store.records.get('a')).to.include({ wantedEngineId: 'https', bytesDone: 400 });
        await world.run(200);
        world.scheduler.amend('a', { wantedEngineId: undefined });
        expect(world.store.records.get('a')).not.to.have.property('wantedEngineId');
    });

    it('takes none that runs, is complete, or is gone', async () => {
        world.password = 'secret';
        world.add('a', 1_000_000);
        await world.run(200);
        expect(codeOf(() => world.scheduler.amend('a', { target: '/x' }))).to.equal('transfer.job-state');
        await world.run(5000);
        expect(world.states()).to.deep.equal({ a: 'completed' });
        expect(codeOf(() => world.scheduler.amend('a', { target: '/x' }))).to.equal('transfer.job-state');
        expect(codeOf(() => world.scheduler.amend('b', { target: '/x' }))).to.equal('transfer.job-unknown');
    });
});
