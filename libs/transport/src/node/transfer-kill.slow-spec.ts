import { expect } from 'chai';
import { spawn } from 'child_process';
import { createHash, randomBytes } from 'crypto';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { seededRandom } from '@connect/base';

const VICTIM = join(__dirname, '../testing/kill-victim.js');

describe('a transfer that is killed with SIGKILL', function () {
    this.timeout(180_000);
    let dir: string;

    beforeEach(async () => (dir = await fs.mkdtemp(join(tmpdir(), 'connect-kill-'))));
    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    it('goes on with one large file, and leaves nothing beside it', async () => {
        await fs.mkdir(join(dir, 'source'));
        await fs.writeFile(join(dir, 'source/large'), randomBytes(200_000_000));
        await killAndResume(12, 350, 1);
    });

    it('goes on with 1,500 small files, and leaves nothing beside them', async () => {
        await fs.mkdir(join(dir, 'source/folder'), { recursive: true });
        for (let i = 0; i < 1500; i++) {
            await fs.writeFile(join(dir, 'source/folder', `file ${i}`), randomBytes((i * 53) % 20_000));
        }
        await killAndResume(12, 500, 2);
    });

    it('goes on with 20,000 empty files, and leaves each with the time of its source', async () => {
        for (let i = 0; i < 20_000; i++) {
            const folder = join(dir, `source/folder ${Math.floor(i / 1000)}`);
            await fs.mkdir(folder, { recursive: true });
            await fs.writeFile(join(folder, `file ${i}`), '');
        }
        await killAndResume(8, 500, 4);
    });

    it('never loses a file that is removed after it was moved', async () => {
        await fs.mkdir(join(dir, 'source/folder'), { recursive: true });
        const all = new Set<string>();
        const addFiles = async (round: number): Promise<void> => {
            for (let i = 0; i < 300; i++) {
                const path = join(dir, 'source/folder', `file ${round} ${i}`);
                await fs.writeFile(path, randomBytes((i * 53) % 20_000));
            }
            (await contents(join(dir, 'source'))).forEach(line => all.add(line));
        };
        const check = async (): Promise<number> => {
            const here = new Set(await contents(join(dir, 'source')));
            const there = new Set(await contents(join(dir, 'target/source')).catch((): string[] => []));
            // Every file is whole here, or there, or both.
            expect([...all].filter(line => !here.has(line) && !there.has(line))).to.deep.equal([]);
            return all.size - here.size;
        };
        const random = seededRandom(3);
        for (let round = 0; round < 10; round++) {
            await fs.mkdir(join(dir, 'source/folder'), { recursive: true });
            await addFiles(round);
            await runVictim(200 + random.nextFloat() * 400, 'remove');
            await check();
        }
        await fs.mkdir(join(dir, 'source/folder'), { recursive: true });
        await addFiles(10);
        expect(await runVictim(undefined, 'remove')).to.equal(0);
        expect(await check()).to.be.at.least(300);
        expect(await contents(join(dir, 'target/source'))).to.deep.equal([...all].sort());
    });

    /** Kills at random moments after the start of the process, then lets it end. */
    async function killAndResume(kills: number, withinMs: number, seed: number): Promise<void> {
        const random = seededRandom(seed);
        for (let i = 0; i < kills; i++) {
            await runVictim(120 + random.nextFloat() * withinMs);
        }
        expect(await runVictim(undefined)).to.equal(0);
        expect(await contents(join(dir, 'target/source'))).to.deep.equal(await contents(join(dir, 'source')));
    }

    function runVictim(killAfterMs: number | undefined, ...words: string[]): Promise<number | null> {
        return new Promise((resolve, reject) => {
            const child = spawn(
                process.execPath,
                [VICTIM, join(dir, 'source'), join(dir, 'target'), ...words],
                {
                    stdio: ['ignore', 'ignore', 'inherit']
                }
            );
            const timer =
                killAfterMs === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), killAfterMs);
            child.once('error', reject);
            child.once('exit', code => {
                clearTimeout(timer);
                resolve(code);
            });
        });
    }

    async function contents(root: string): Promise<string[]> {
        const names = await fs.readdir(root, { recursive: true, withFileTypes: true });
        const files = names.filter(entry => entry.isFile()).map(entry => join(entry.parentPath, entry.name));
        const lines: string[] = [];
        // one by one: handles are scarce
        for (const path of files) {
            const hash = createHash('sha256').update(await fs.readFile(path));
            const { mtimeNs } = await fs.stat(path, { bigint: true });
            lines.push(`${path.slice(root.length)} ${hash.digest('hex')} ${mtimeNs / 1000n}`);
        }
        return lines.sort();
    }
});
