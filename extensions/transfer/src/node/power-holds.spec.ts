import { expect } from 'chai';
import { BEGIN_MS, END_MS } from '../common/settled-facts';
import { ScriptedPower, World } from '../testing/scheduler-world';

const BIG = 500_000_000;
const AC = { onBattery: false, metered: false };
const ON_BATTERY = { onBattery: true, metered: false };
const ON_METERED = { onBattery: false, metered: true };

describe('transfers on battery power and on metered connections', () => {
    let world: World;

    const begin = async (facts: object, onBattery: string, onMetered = 'no-change'): Promise<void> => {
        world = new World();
        world.power.become(facts);
        world.values = {
            ...world.values,
            'connect.bandwidth.onBattery': onBattery as 'no-change',
            'connect.bandwidth.onMetered': onMetered as 'no-change'
        };
        world.scheduler.load();
        await world.run(0);
    };
    const stateOf = (id: string): string => {
        const { state, hold } = world.scheduler.get(id)!;
        return hold === undefined ? state : `${state}, ${hold}`;
    };

    it('pauses automatic ones that run, says why, and goes on by itself from where it was', async () => {
        await begin(AC, 'pause-automatic');
        world.add('sync', BIG, { automatic: true });
        world.add('own', BIG);
        await world.run(2_000);
        world.power.become(ON_BATTERY);
        await world.run(BEGIN_MS + 500);
        expect(stateOf('sync')).to.equal('queued, battery');
        expect(stateOf('own')).to.equal('transferring');
        expect(world.scheduler.status.power).to.deep.equal({
            ...ON_BATTERY,
            waits: [{ reason: 'battery', which: 'automatic' }]
        });
        const arrived = world.engine.partials.get('/in/sync')!;
        expect(arrived).to.be.greaterThan(1_000_000);
        world.power.become(AC);
        await world.run(END_MS - 1_000);
        expect(stateOf('sync'), 'it may go off again').to.equal('queued, battery');
        await world.run(1_500);
        expect(stateOf('sync')).to.equal('transferring');
        expect(world.scheduler.get('sync')!.bytesDone).to.be.at.least(arrived);
        expect(world.scheduler.status.power).to.deep.equal({ ...AC, waits: [] });
    });

    it('neither starts nor stops anything while the plug is loose', async () => {
        await begin(AC, 'pause-all');
        world.add('own', BIG);
        await world.run(500);
        for (let i = 0; i < 10; i++) {
            world.power.become(i % 2 === 0 ? ON_BATTERY : AC);
            await world.run(900);
        }
        expect(world.engine.started).to.deep.equal(['own']);
        world.power.become(ON_BATTERY);
        await world.run(BEGIN_MS + 500);
        expect(stateOf('own')).to.equal('queued, battery');
        for (let i = 0; i < 10; i++) {
            world.power.become(i % 2 === 0 ? AC : ON_BATTERY);
            await world.run(900);
        }
        expect(world.engine.started).to.deep.equal(['own']);
    });

    it('lets what a person starts all the same go on, also after a failure and a restart', async () => {
        await begin(ON_METERED, 'no-change', 'pause-all');
        world.add('own', BIG);
        world.add('other', BIG);
        await world.run(500);
        expect(stateOf('own')).to.equal('queued, metered');
        world.scheduler.command('own', 'start-now');
        await world.run(500);
        expect(stateOf('own')).to.equal('transferring');
        expect(stateOf('other')).to.equal('queued, metered');
        world.power.become(AC);
        await world.run(END_MS + 500);
        world.power.become(ON_METERED);
        await world.run(BEGIN_MS + 500);
        expect(stateOf('own'), 'it is not stopped for that again').to.equal('transferring');
        expect(stateOf('other')).to.equal('queued, metered');
        world.restart();
        await world.run(500);
        expect(stateOf('own')).to.equal('transferring');
        expect(stateOf('other')).to.equal('queued, metered');
        // another reason is another matter
        world.values = { ...world.values, 'connect.bandwidth.onBattery': 'pause-all' };
        world.power.become({ onBattery: true, metered: true });
        await world.run(BEGIN_MS + 500);
        expect(stateOf('own')).to.equal('queued, battery');
    });

    it('forgets that it was started all the same once it was stopped', async () => {
        await begin(ON_BATTERY, 'pause-all');
        world.add('own', BIG);
        world.scheduler.command('own', 'start-now');
        await world.run(500);
        world.scheduler.command('own', 'stop');
        await world.run(500);
        world.scheduler.command('own', 'resume');
        await world.run(500);
        expect(stateOf('own')).to.equal('queued, battery');
    });

    it('holds a transfer that was started out of turn when nothing held it', async () => {
        await begin(AC, 'pause-all');
        world.values = { ...world.values, 'connect.transfers.queue.max': 1 };
        world.add('first', BIG);
        world.add('own', BIG);
        world.scheduler.command('own', 'start-now');
        await world.run(500);
        expect(stateOf('own')).to.equal('transferring');
        world.power.become(ON_BATTERY);
        await world.run(BEGIN_MS + 500);
        expect(stateOf('own')).to.equal('queued, battery');
    });

    it('follows the settings at once', async () => {
        await begin(ON_BATTERY, 'no-change');
        world.add('own', BIG);
        await world.run(500);
        expect(stateOf('own')).to.equal('transferring');
        world.values = { ...world.values, 'connect.bandwidth.onBattery': 'pause-all' };
        world.scheduler.settingsChanged();
        await world.run(500);
        expect(stateOf('own')).to.equal('queued, battery');
        world.values = { ...world.values, 'connect.bandwidth.onBattery': 'pause-automatic' };
        world.scheduler.settingsChanged();
        await world.run(500);
        expect(stateOf('own')).to.equal('transferring');
    });

    it('takes what is not known for no reason to wait', async () => {
        await begin({}, 'pause-all', 'pause-all');
        world.add('own', BIG);
        await world.run(500);
        expect(stateOf('own')).to.equal('transferring');
    });

    it('starts nothing that a rule may hold before it has looked, and all else at once', async () => {
        world = new World();
        world.power = new ScriptedPower();
        world.values = { ...world.values, 'connect.bandwidth.onBattery': 'pause-automatic' };
        world.scheduler = world.newBackend();
        world.scheduler.load();
        world.add('sync', BIG, { automatic: true });
        world.add('own', BIG);
        await world.run(500);
        expect([stateOf('sync'), stateOf('own')]).to.deep.equal(['queued', 'transferring']);
        expect(world.scheduler.status.power).to.equal(undefined);
        world.power.become(AC);
        await world.run(500);
        expect(stateOf('sync')).to.equal('transferring');
    });
});
