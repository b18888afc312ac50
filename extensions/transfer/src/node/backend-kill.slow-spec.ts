import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { ScriptedScheduler } from '../testing/scripted-scheduler';

const PROCESS = path.resolve(__dirname, '../testing/scheduler-process.js');
const PER_STATE = 20;

/** State after the restart, before the queue starts anything, of jobs that were brought into a state. */
const AFTER: Readonly<Record<string, string>> = {
    queued: 'queued',
    preparing: 'queued',
    transferring: 'queued',
    finishing: 'queued',
    pausing: 'queued',
    // the password may be in the keychain by now
    locked: 'queued',
    stopping: 'stopped',
    stopped: 'stopped',
    retrying: 'retrying',
    asking: 'needs-user',
    completed: 'completed',
    failed: 'failed'
};

describe('backend that is killed', () => {
    let folder: string;
    let file: string;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-backend-kill-'));
        file = path.join(folder, 'db');
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    /** Resolves when the process has said the word. */
    const says = (child: ChildProcess, word: string): Promise<void> =>
        new Promise((resolve, reject) => {
            let said = '';
            child.stdout!.on('data', data => {
                said += String(data);
                if (said.includes(word)) {
                    resolve();
                }
            });
            child.once('close', (code, signal) => reject(new Error(`ended with ${signal ?? code}: ${said}`)));
        });

    const launch = (mode: string): ChildProcess =>
        spawn(process.execPath, [PROCESS, file, mode, String(PER_STATE)], {
            stdio: ['ignore', 'pipe', 'inherit']
        });

    const killed = (child: ChildProcess): Promise<void> =>
        new Promise(resolve => {
            child.once('close', () => resolve());
            // it may have done all its work
            if (!child.kill('SIGKILL')) {
                resolve();
            }
        });

    it(`finds ${PER_STATE} jobs of every state again, in the state they belong in, none lost, none doubled`, async () => {
        const child = launch('states');
        await says(child, 'ready');
        await killed(child);

        const world = new ScriptedScheduler(file, false, { max: 5, paused: true });
        const expected = new Map(
            Object.entries(AFTER).flatMap(([name, state]) =>
                Array.from({ length: PER_STATE }, (_, i) => [`${name}-${i}`, state] as const)
            )
        );
        const found = world.states();
        expect([...found].sort()).to.deep.equal([...expected].sort());
        expect(world.started).to.deep.equal([]);
        const job = (id: string): ReturnType<typeof world.scheduler.get> => world.scheduler.get(id);
        expect(job('asking-3')!.question!.count).to.equal(1);
        expect(job('retrying-3')!.retryAtMs).to.be.greaterThan(Date.now());
        expect(job('transferring-3')!.bytesDone).to.equal(60);
        expect(job('failed-3')!.error!.code).to.equal('transfer.no-space');

        world.scheduler.resumeAll();
        const waiting = [...found].filter(([, state]) => state === 'queued').map(([id]) => id);
        await world.until((id, state) => !waiting.includes(id) || state === 'completed');
        expect([...world.started].sort(), 'each once').to.deep.equal(waiting.sort());
        world.close();
    });

    it('finishes every job once the killing ends', async () => {
        const first = new ScriptedScheduler(file, false, { max: 3, paused: true });
        const ids = Array.from({ length: 300 }, (_, i) => `job-${i}`);
        first.add(...ids);
        first.scheduler.resumeAll();
        first.close();
        for (let round = 0; round < 8; round++) {
            const child = launch('run');
            await says(child, 'ready');
            await new Promise(resolve => setTimeout(resolve, round * 7));
            await killed(child);
            const world = new ScriptedScheduler(file, false, { max: 3, paused: true });
            expect([...world.states().keys()].sort(), `after kill ${round}`).to.deep.equal([...ids].sort());
            world.scheduler.resumeAll();
            world.close();
        }
        const child = launch('run');
        await says(child, 'done');
        const world = new ScriptedScheduler(file, false, { max: 3 });
        expect(new Set(world.states().values())).to.deep.equal(new Set(['completed']));
        world.close();
    });
});
