import type { Job } from '@connect/transfer/lib/common/transfer-protocol';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { JobWorld, type ShownRow } from '../support/job-world';
import { namespacesUnavailable } from '../support/network-namespaces';
import { setPreference } from '../support/page-services';
import { leftovers, makeSmallFiles, snapshotTree, writeNoise, type TreeSnapshot } from '../support/trees';

/** So large that what a job holds when it is killed, which does not depend on the file, is a small share of it. */
const BIG_BYTES = 50_000_000;
const SMALL_BYTES = 50_000;
/** What is big takes minutes at this rate: it stands. */
const SLOW = { targetBps: 200_000 };
/** What is big moves at this rate, and does not end, while it is killed. */
const MOVING = { targetBps: 6_000_000 };
const FAST = { targetBps: 150_000_000 };
const LONG_WAIT_SEC = 600;
const SHORT_WAIT_SEC = 5;
const RETRY_SETTING = 'connect.transfers.retry.interval';
const DISK_SETTING = 'connect.general.diskSpaceWarning';
const SOMEBODY_ELSES = 'somebody else';
const MOVED_BYTES = 500_000;
const SETTLE_MS = 60_000;
const DONE_MS = 90_000;
/** Share of the bytes that may cross the network again because of both kills together. */
const SENT_TWICE = 0.02;

/** How a job stands before the first kill, and after it where that differs; `gone`: it must not come back. */
const STATES: Readonly<Record<string, readonly [before: string, after?: string]>> = {
    'arrived.bin': ['completed'],
    'arrived tree': ['completed'],
    'skipped.bin': ['completed, 1 skipped'],
    'exists.bin': ['needs-user, asks about 1'],
    'exist 3 times': ['needs-user, asks about 3'],
    'forbidden.bin': ['failed, transfer.permission-denied'],
    'vanished.bin': ['failed, transfer.source-missing'],
    'no password.bin': ['needs-user, security.credentials-required'],
    'wrong password.bin': ['needs-user, transfer.authentication-failed'],
    'strange host.bin': ['needs-user, transfer.host-key-unknown'],
    'unreachable.bin': ['retrying 1'],
    'held.bin': ['queued, disk-space'],
    'stopped.mov': ['stopped'],
    'never begun.bin': ['stopped'],
    'up.mov': ['transferring'],
    'down.mov': ['transferring'],
    tree: ['transferring'],
    'next 1.bin': ['queued'],
    'next 2.bin': ['queued'],
    'next 3.bin': ['queued'],
    'removed.bin': ['gone'],
    // stopped and removed at the moment of the kill
    'stopping.mov': ['transferring', 'stopped'],
    'removing.mov': ['transferring', 'gone'],
    // out of turn at the moment of the kill: it goes on before those that wait
    'preparing.bin': ['queued']
};
const NAMES = Object.keys(STATES);
const BEFORE = listed(name => STATES[name][0]);
const AFTER = listed(name => STATES[name].at(-1)!);
const LEFT = Object.keys(AFTER);
const GONE = NAMES.filter(name => !LEFT.includes(name));
const DOWNLOADS: readonly string[] = ['vanished.bin', 'held.bin', 'down.mov'];
/** What runs at the moment of the kill. */
const AT_WORK: readonly string[] = ['up.mov', 'down.mov', 'tree', 'preparing.bin'];
const MOVERS: readonly string[] = ['up.mov', 'down.mov', 'tree', 'stopped.mov', 'stopping.mov'];
/** Made before the second kill; its time comes by itself. */
const DUE = 'due.bin';

describe('a backend killed with jobs in every state (needs root, ip and nft)', function () {
    this.timeout(300_000);
    this.bail(true);
    let world: JobWorld;
    let jobsBefore: Readonly<Record<string, Job>>;
    let rowsBefore: Readonly<Record<string, string>>;
    let bytesBefore: number;

    before(async function () {
        if (namespacesUnavailable()) {
            return this.skip();
        }
        world = new JobWorld();
        await world.start({
            'connect.transfers.queue.max': 3,
            'connect.transfers.retry.attempts': 10,
            // so long that a countdown stands
            [RETRY_SETTING]: LONG_WAIT_SEC,
            // no disk is that free
            [DISK_SETTING]: 100,
            'connect.bandwidth.targetRate': 150
        });
        makeFiles(world);
        await world.addAccount('no password', 'main', '');
        await world.addAccount('wrong password', 'main', 'not it');
        bytesBefore = world.bytesOnWire;
    });

    afterEach(async function () {
        await world?.window?.screenshotOf(this.currentTest);
    });

    after(() => world?.dispose());

    it(`${NAMES.length} jobs come into every state that lasts`, async () => {
        await bringToRest(world);
        await setInMotion(world);
        const jobs = await world.jobs();
        expect(statesOf(jobs)).to.deep.equal(BEFORE);
        jobsBefore = Object.fromEntries(jobs.map(job => [job.name, job]));
        rowsBefore = await shownRows(world);
    });

    it('stand where they belong after kill -9, none lost, none doubled', async () => {
        world.freeze('stranger', true);
        await call(world, 'startNow', ['preparing.bin']);
        await until(world, { 'preparing.bin': 'preparing' });
        await call(world, 'stop', ['stopping.mov']);
        await call(world, 'remove', ['removing.mov']);
        await world.kill();
        world.freeze('stranger', false);
        await world.restart();
        await until(world, AFTER);
        const jobs = await world.jobs();
        expect(statesOf(jobs)).to.deep.equal(AFTER);
        expect(jobs).to.have.lengthOf(LEFT.length);
        for (const job of jobs) {
            expect(lastingFacts(job), job.name).to.deep.equal(lastingFacts(jobsBefore[job.name]));
        }
    });

    it('and the page shows them so, each once and in its place', async () => {
        const expected: Record<string, string> = {
            ...movedToTop(rowsBefore, 'preparing.bin'),
            'stopping.mov': 'Stopped'
        };
        const rows = await world.rowsWhen(
            shown => LEFT.every(name => textOf(shown, name) === expected[name]),
            SETTLE_MS
        );
        await world.window.screenshot('every state after a kill');
        const list = world.window.page.locator('.connect-transfer-list');
        await list.and(world.window.page.locator(`[aria-rowcount="${LEFT.length}"]`)).waitFor();
        expect(rows.map(({ jobId }) => jobId).sort()).to.deep.equal(
            LEFT.map(name => jobsBefore[name].id).sort()
        );
        expect(Object.fromEntries(LEFT.map(name => [name, textOf(rows, name)]))).to.deep.equal(
            Object.fromEntries(LEFT.map(name => [name, expected[name]]))
        );
    });

    it('all complete once nothing is in their way, though it is killed as they begin', async () => {
        await sendDue(world);
        await clearTheWay(world);
        await call(world, 'setRate', MOVERS, MOVING);
        await call(world, 'startNow', ['stopped.mov', 'stopping.mov']);
        const from = Object.fromEntries((await world.jobs()).map(({ name, bytesDone }) => [name, bytesDone]));
        const isMoving = ({ name, state, bytesDone }: Job): boolean =>
            MOVERS.includes(name) && state === 'transferring' && bytesDone > from[name] + MOVED_BYTES;
        const jobs = await world.jobsWhen(all => all.filter(isMoving).length >= 3, SETTLE_MS);
        expect(jobs.filter(isMoving)).to.have.lengthOf.at.least(3);
        await world.kill();
        await world.server('down').startServer();
        await world.restart();
        const [again] = (await world.jobs()).filter(({ name }) => name === 'unreachable.bin');
        expect(lastingFacts(again)).to.deep.equal(lastingFacts(jobsBefore[again.name]));
        await call(world, 'retry', ['unreachable.bin']);
        await call(world, 'setRate', MOVERS, FAST);
        const isCompleted = ({ state }: Job): boolean => state === 'completed';
        const all = await world.jobsWhen(each => each.every(isCompleted), DONE_MS);
        expect(statesOf(all.filter(job => !isCompleted(job)))).to.deep.equal({});
        expect(all.map(({ name }) => name).sort()).to.deep.equal([...LEFT, DUE].sort());
    });

    it('with every byte as it was, and next to none sent twice', () => {
        const roots = (['main', 'stranger', 'down'] as const).map(name => world.server(name).root);
        const there = Object.assign({}, ...roots.map(snapshotTree)) as TreeSnapshot;
        const here = { ...snapshotTree(world.outbox), ...snapshotTree(world.inbox) };
        const isMeant = (path: string): boolean => ![...GONE, 'skipped.bin'].includes(path);
        const meant = Object.keys(here).filter(isMeant);
        expect(meant).to.include.members([...DOWNLOADS, 'up.mov', 'forbidden/forbidden.bin', DUE]);
        meant.forEach(path => expect({ [path]: there[path] }).to.deep.equal({ [path]: here[path] }));
        expect(fs.readFileSync(join(roots[0], 'skipped.bin'), 'utf8')).to.equal(SOMEBODY_ELSES);
        const left = [...roots, world.inbox].flatMap(leftovers);
        expect(left.filter(path => !path.startsWith('removing.mov'))).to.deep.equal([]);
        const bytes = meant.reduce((sum, path) => sum + here[path].sizeBytes, 0);
        const onWire = world.bytesOnWire - bytesBefore;
        expect(onWire / bytes, 'payload on the wire for each byte of the files').to.be.within(
            0.98,
            1 + SENT_TWICE
        );
    });
});

/** Of all names but those that are gone. */
function listed(state: (name: string) => string): Record<string, string> {
    const all = Object.keys(STATES).map(name => [name, state(name)] as const);
    return Object.fromEntries(all.filter(([, text]) => text !== 'gone'));
}

/** In one line what is to be right about each job. */
function statesOf(jobs: readonly Job[]): Record<string, string> {
    return Object.fromEntries(jobs.map(job => [job.name, describeState(job)]));
}

function describeState(job: Job): string {
    const { state, question, error, hold, filesSkipped } = job;
    if (question) {
        return `${state}, asks about ${question.count}`;
    }
    if (state === 'failed' || state === 'needs-user') {
        return `${state}, ${error?.code}`;
    }
    if (state === 'retrying') {
        return `${state} ${job.attempt}`;
    }
    return [state, hold, filesSkipped > 0 ? `${filesSkipped} skipped` : undefined]
        .filter(part => part !== undefined)
        .join(', ');
}

/** What a kill must not change. What ran goes on before all that waits, which may need another rank. */
function lastingFacts(job: Job): Partial<Job> {
    const { id, name, order, retryAtMs, sources, target, existing, createdMs } = job;
    const rank = AT_WORK.includes(name) ? {} : { queueRank: job.queueRank };
    return { id, name, order, ...rank, retryAtMs, sources, target, existing, createdMs };
}

/** What rows say when one of those that wait is the next one. */
function movedToTop(texts: Readonly<Record<string, string>>, top: string): Record<string, string> {
    const placeOf = (text: string): number => Number(/#(\d+)/.exec(text)?.[1]);
    const from = placeOf(texts[top]);
    const moved = ([name, text]: [string, string]): [string, string] => {
        const place = placeOf(text);
        const next = name === top ? 1 : place < from ? place + 1 : place;
        return [name, text.replace(/#\d+/, `#${next}`)];
    };
    return Object.fromEntries(Object.entries(texts).map(moved));
}

/** What a row says, but for the seconds of a countdown. */
function textOf(rows: readonly ShownRow[], name: string): string | undefined {
    return rows.find(row => row.name === name)?.state.replace(/ in .*/, '');
}

async function shownRows(world: JobWorld): Promise<Record<string, string>> {
    const rows = await world.rowsWhen(
        // the last thing that was asked for is in sight
        shown => ['stopping.mov', 'removing.mov'].every(name => textOf(shown, name) === 'Transferring'),
        SETTLE_MS
    );
    return Object.fromEntries(rows.map(({ name }) => [name, textOf(rows, name)!]));
}

async function until(world: JobWorld, expected: Readonly<Record<string, string>>): Promise<void> {
    const isReached = (jobs: readonly Job[]): boolean => {
        const now = statesOf(jobs);
        return Object.entries(expected).every(([name, state]) => now[name] === state);
    };
    expect(statesOf(await world.jobsWhen(isReached, SETTLE_MS))).to.include(expected);
}

/** Calls a method of the service of transfers for the jobs of these names. */
async function call(
    world: JobWorld,
    method: string,
    names: readonly string[],
    ...more: unknown[]
): Promise<void> {
    const jobs = await world.jobs();
    const ids = names.map(name => jobs.find(job => job.name === name)!.id);
    await world.call(method, ids, ...more);
}

/** What the jobs send, and what stands in their way. */
function makeFiles(world: JobWorld): void {
    const { root } = world.server('main');
    const folders = ['arrived tree', 'exist 3 times', 'tree'];
    [...NAMES, DUE].forEach((name, seed) => {
        if (!folders.includes(name) && name !== 'vanished.bin' && name !== 'forbidden.bin') {
            const home = DOWNLOADS.includes(name) ? root : world.outbox;
            writeNoise(join(home, name), seed, name.endsWith('.mov') ? BIG_BYTES : SMALL_BYTES);
        }
    });
    makeSmallFiles(join(world.outbox, 'tree'), 400, 1, (2 * BIG_BYTES) / 400);
    makeSmallFiles(join(world.outbox, 'arrived tree'), 30);
    makeSmallFiles(join(world.outbox, 'exist 3 times'), 3, 77);
    makeSmallFiles(join(root, 'exist 3 times'), 3, 78);
    for (const name of ['exists.bin', 'skipped.bin']) {
        fs.writeFileSync(join(root, name), SOMEBODY_ELSES);
    }
    world.handOver(root);
    fs.mkdirSync(join(root, 'forbidden'));
    fs.mkdirSync(join(world.outbox, 'forbidden'));
    writeNoise(join(world.outbox, 'forbidden', 'forbidden.bin'), 99, SMALL_BYTES);
}

/** Jobs that are over, or wait for a person or a time. */
async function bringToRest(world: JobWorld): Promise<void> {
    for (const name of ['arrived.bin', 'arrived tree', 'exists.bin', 'exist 3 times']) {
        await world.send(name);
    }
    await world.send('skipped.bin', 'main', { existing: 'skip' });
    await world.send('forbidden/forbidden.bin', 'main', {}, '/forbidden');
    await world.receive('vanished.bin');
    await world.send('no password.bin', 'no password');
    await world.send('wrong password.bin', 'wrong password');
    await world.send('strange host.bin', 'stranger');
    await world.send('unreachable.bin', 'down');
    await world.receive('held.bin', { automatic: true });
    const stopped = await world.send('stopped.mov', 'main', { rate: SLOW });
    await world.jobsWhen(
        jobs => jobs.some(({ id, bytesDone }) => id === stopped.id && bytesDone > 0),
        SETTLE_MS
    );
    await world.call('stop', [stopped.id]);
    const resting = NAMES.slice(0, NAMES.indexOf('never begun.bin'));
    await until(world, Object.fromEntries(resting.map(name => [name, BEFORE[name]])));
}

/** All places of the queue are taken by what hardly moves; two more have jumped it, the others wait. */
async function setInMotion(world: JobWorld): Promise<void> {
    await world.send('up.mov', 'main', { rate: SLOW });
    await world.receive('down.mov', { rate: SLOW });
    await world.send('tree', 'main', { rate: SLOW });
    for (const name of ['never begun.bin', 'next 1.bin', 'next 2.bin', 'next 3.bin', 'removed.bin']) {
        await world.send(name);
    }
    await call(world, 'stop', ['never begun.bin']);
    await call(world, 'remove', ['removed.bin']);
    await call(world, 'move', ['next 3.bin'], 'up');
    await world.send('stopping.mov', 'main', { rate: SLOW });
    await world.send('removing.mov', 'main', { rate: SLOW });
    await world.send('preparing.bin', 'stranger');
    await call(world, 'startNow', ['stopping.mov', 'removing.mov']);
    await until(world, BEFORE);
}

/** A job that waits a short time for its server. */
async function sendDue(world: JobWorld): Promise<void> {
    await setPreference(world.window.page, RETRY_SETTING, SHORT_WAIT_SEC);
    const { id } = await world.send(DUE, 'down');
    await world.call('startNow', [id]);
    const isWaiting = (job: Job): boolean => job.id === id && job.state === 'retrying';
    const waitMs = (job: Job): number => job.retryAtMs! - Date.now();
    // the backend hears of a setting by and by
    for (const untilMs = Date.now() + SETTLE_MS; Date.now() < untilMs;) {
        const [job] = (await world.jobsWhen(jobs => jobs.some(isWaiting), SETTLE_MS)).filter(isWaiting);
        if (waitMs(job) < (LONG_WAIT_SEC / 2) * 1000) {
            return;
        }
        await world.call('startNow', [id]);
    }
    expect.fail('the setting never reached the backend');
}

/** Does what the rows ask for. */
async function clearTheWay(world: JobWorld): Promise<void> {
    const { page } = world.window;
    const { root } = world.server('main');
    await call(world, 'setExisting', ['exists.bin', 'exist 3 times'], 'overwrite');
    await world.trust('stranger');
    await world.providePassword('no password');
    await world.providePassword('wrong password');
    world.handOver(join(root, 'forbidden'));
    writeNoise(join(root, 'vanished.bin'), 5, SMALL_BYTES);
    await setPreference(page, DISK_SETTING, 0);
    await call(world, 'retry', ['forbidden.bin', 'vanished.bin']);
    await call(world, 'resume', [
        'no password.bin',
        'wrong password.bin',
        'strange host.bin',
        'never begun.bin'
    ]);
}
