import { expect } from 'chai';
import { ChildProcess, fork } from 'child_process';
import { once } from 'events';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'fs/promises';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError } from '@connect/base';
import { get } from '../testing/describe-file-store';
import { ConfinedFileStore } from './confined-file-store';

/** More than are ever needed: the swapping ends when enough was seen, on a slow machine later. */
const ROUNDS = 1_000_000;
/** Passes of each worker, and how often each side of the race must have been met. */
const PASSES = 300;
const ENOUGH = 100;
const WORKERS = 8;

describe('confined file store: folders and files swapped for links under its hands (Linux)', () => {
    let top: string;
    let store: ConfinedFileStore;
    let swapper: ChildProcess | undefined;

    beforeEach(async function () {
        if (process.platform !== 'linux') {
            this.skip();
        }
        top = await mkdtemp(join(tmpdir(), 'connect-race-'));
        await mkdir(join(top, 'root/x.real'), { recursive: true });
        await mkdir(join(top, 'outside/victim'), { recursive: true });
        for (const folder of ['outside', 'root', 'root/x.real']) {
            await writeFile(join(top, folder, 'f.real'), folder === 'outside' ? 'OUTSIDE' : 'inside');
            await writeFile(join(top, folder, 'old'), folder === 'outside' ? 'OUTSIDE' : 'inside');
        }
        await Promise.all(['f.real', 'old'].map(name => chmod(join(top, 'outside', name), 0o644)));
        await symlink('../outside', join(top, 'root/x.link'));
        await symlink('../outside/old', join(top, 'root/f.link'));
        store = new ConfinedFileStore(join(top, 'root'));
    });
    afterEach(async () => {
        swapper?.kill('SIGKILL');
        await store?.dispose();
        await rm(top, { recursive: true, force: true });
    });

    it('reads, writes, renames and removes nothing outside', async () => {
        swapper = fork(require.resolve('../testing/link-swapper'), [join(top, 'root'), String(ROUNDS)]);
        const ended = once(swapper, 'exit');
        const outcomes = new Map<string, number>();
        const count = (outcome: string): void => void outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        const attempt = async (work: Promise<unknown>): Promise<void> =>
            work.then(
                value => count(value === 'OUTSIDE' ? 'read outside' : 'done'),
                error => count(ConnectError.is(error) ? error.code : String(error))
            );
        const seen = (outcome: string): boolean => (outcomes.get(outcome) ?? 0) > ENOUGH;
        const isRunEnough = (passes: number): boolean =>
            passes > PASSES && seen('done') && seen('transfer.outside-root');
        const worker = async (index: number): Promise<void> => {
            for (let i = 0; swapper?.exitCode === null && !isRunEnough(i); i++) {
                const name = `/x/w${index}-${i}`;
                await attempt(get(store, '/x/old'));
                await attempt(get(store, '/f'));
                await attempt(writeNew(store, name));
                await attempt(writeNew(store, '/f'));
                await attempt(store.rename(name, `${name}.moved`));
                await attempt(store.removeFile(`${name}.moved`));
                await attempt(store.makeDirectory(`/x/d${index}`));
                await attempt(store.removeDirectory(`/x/d${index}`));
                await attempt(store.removeDirectory('/x/victim'));
                await attempt(store.rename('/x/victim', '/loot'));
                await attempt(store.setMode('/x/old', 0o600));
                await attempt(store.setTimes('/f', 0n, 0n));
                await attempt(store.makeLink('old', `/x/l${index}`));
                await attempt(store.removeFile(`/x/l${index}`));
                await attempt(firstName(store, '/x'));
            }
        };
        await Promise.all(Array.from({ length: WORKERS }, (_, index) => worker(index)));
        swapper.kill();
        await ended;

        expect(outcomes.get('read outside')).to.equal(undefined);
        // Without both of these the race was not run.
        expect(outcomes.get('done')).to.be.greaterThan(ENOUGH);
        expect(outcomes.get('transfer.outside-root')).to.be.greaterThan(ENOUGH);
        expect(await readdir(join(top, 'outside'))).to.have.members(['f.real', 'old', 'victim']);
        for (const name of ['f.real', 'old']) {
            expect(await readFile(join(top, 'outside', name), 'utf8')).to.equal('OUTSIDE');
            const facts = await stat(join(top, 'outside', name));
            expect(facts.mtimeMs).to.be.greaterThan(0);
            expect(facts.mode & 0o777).to.equal(0o644);
        }
        expect(await readdir(join(top, 'root'))).to.not.include('loot');
        // Nothing but what a race explains.
        expect([...outcomes.keys()]).to.satisfy((codes: string[]) =>
            codes.every(code => ['done', ...EXPECTED].includes(code))
        );
    });
});

const EXPECTED = [
    'transfer.outside-root',
    'transfer.link-loop',
    'files.not-found',
    'files.not-a-directory',
    'files.exists',
    'files.not-empty',
    'files.is-a-directory'
];

async function writeNew(store: ConfinedFileStore, path: string): Promise<void> {
    const file = await store.open(path, 'create');
    try {
        await file.write(Buffer.from('written'), 0);
    } finally {
        await file.close();
    }
}

/** `f.real` of the outside folder stands for its listing: the inner one has it too, but `victim` only the outer. */
async function firstName(store: ConfinedFileStore, path: string): Promise<string> {
    for await (const entry of store.list(path)) {
        if (entry.name === 'victim') {
            return 'OUTSIDE';
        }
    }
    return 'listed';
}
