import { ScriptedScheduler } from './scripted-scheduler';

/**
 * A process for specs to kill: brings jobs into every state, or with `run` lets all jobs complete, and says so on
 * standard output. Arguments: database file, `states` or `run`, jobs per state.
 */
async function main(file: string, mode: string, count: number): Promise<void> {
    if (mode === 'run') {
        const world = new ScriptedScheduler(file, false, { max: 3 });
        process.stdout.write('ready\n');
        await world.until((_, state) => state === 'completed');
        process.stdout.write('done\n');
        return;
    }
    const world = new ScriptedScheduler(file, true, { max: 10_000 });
    const ids = (name: string): string[] => Array.from({ length: count }, (_, i) => `${name}-${i}`);
    const { scheduler } = world;
    const running = ['preparing', 'transferring', 'finishing', 'pausing', 'stopping', 'stopped', 'removed'];
    const others = ['completed', 'retrying', 'failed', 'asking', 'locked'];
    world.add(...[...running, ...others].flatMap(ids));
    const early: Readonly<Record<string, string>> = {
        asking: 'needs-user',
        locked: 'needs-user',
        stopped: 'transferring',
        pausing: 'transferring',
        stopping: 'transferring',
        removed: 'transferring'
    };
    const nameOf = (id: string): string => id.split('-')[0];
    await world.until((id, state) => state === (early[nameOf(id)] ?? nameOf(id)));
    scheduler.commandAll(ids('pausing'), 'pause');
    scheduler.commandAll([...ids('stopping'), ...ids('stopped')], 'stop');
    scheduler.commandAll(ids('removed'), 'remove');
    world.closeQueue();
    world.add(...ids('queued'));
    const late: Readonly<Record<string, string>> = {
        asking: 'needs-user',
        locked: 'needs-user',
        removed: 'stopping'
    };
    await world.until((id, state) => state === (late[nameOf(id)] ?? nameOf(id)));
    process.stdout.write('ready\n');
    setInterval(() => undefined, 1000);
}

const [file, mode, count] = process.argv.slice(2);
void main(file, mode, Number(count));
