import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { parseManifestLine, type ManifestEntry } from '@connect/transfer/lib/common/manifest';
import { verifyAgain } from '@connect/transfer/lib/node/manifests/verification';
import { CONNECT_CP, run } from '../support/processes';
import { PASSWORD, TransferBench } from '../support/transfer-bench';
import { makeSmallFiles, writeNoise } from '../support/trees';

type Direction = 'send' | 'receive';

const SPLIT_BYTES = 60_000_007;
const SPARSE_BYTES = 90_000_011;
const SMALL_FILES = 20;
const TWO_SESSIONS = ['--sessions', '2', '--multi-session-interval', '0'];
const ONE_BY_ONE = [
    ['-C', '1:2'],
    ['-C', '2:2']
];
const THRESHOLD = ['--multi-session-threshold', '20000000'];

/** Real clients and a real server: what is on the disk, and what the lists of files say of it. */
describe('the list of files of a transfer of several sessions', function () {
    this.timeout(180_000);
    let bench: TransferBench;
    let count = 0;

    before(async () => {
        bench = await TransferBench.start();
        const tree = join(bench.local, 'tree');
        fs.mkdirSync(join(tree, 'deep'), { recursive: true });
        writeNoise(join(tree, 'split'), 3, SPLIT_BYTES);
        writeNoise(join(tree, 'deep/whole'), 4, 5_000_000);
        makeIslands(join(tree, 'sparse'));
        fs.writeFileSync(join(tree, 'nothing'), '');
        makeSmallFiles(join(tree, 'small'), SMALL_FILES, 42, 20_000);
        fs.cpSync(tree, join(bench.root, 'tree'), { recursive: true, preserveTimestamps: true });
        makeIslands(join(bench.root, 'tree/sparse'));
        const { atime, mtime } = fs.statSync(join(tree, 'sparse'));
        fs.utimesSync(join(bench.root, 'tree/sparse'), atime, mtime);
    });

    after(() => bench?.dispose());

    const list = (lists: string): ManifestEntry[] =>
        fs.readdirSync(lists).flatMap(name =>
            fs
                .readFileSync(join(lists, name), 'utf8')
                .split('\n')
                // one that was given no work has a list without lines
                .filter(line => line !== '')
                .map(line => parseManifestLine(line)!)
        );

    /** Moves the tree by one process for each of `commands`; returns what they list, and where it is. */
    const move = async (
        direction: Direction,
        target: string,
        commands: ReadonlyArray<readonly string[]>
    ): Promise<Moved> => {
        const { sshPort, fingerprint } = bench.address;
        const number = ++count;
        const ends = commands.map((options, i) => {
            const paths =
                direction === 'send'
                    ? ['--mode=send', ...options, join(bench.local, 'tree'), `/${target}/`]
                    : ['--mode=recv', ...options, '/tree', `${join(bench.local, target)}/`];
            const lists = join(bench.folder, `lists-${number}-${i}`);
            const server = ['-P', String(sshPort), '--host', '127.0.0.1', '--check-sshfp', fingerprint];
            const listed = ['--file-manifest', 'json', '--file-manifest-path', lists];
            const program = run(
                process.execPath,
                [CONNECT_CP, '--user', 'ana', '-l', '1G', ...server, ...listed, ...THRESHOLD, ...paths],
                {
                    env: {
                        ...process.env,
                        CONNECT_HOME: join(bench.folder, 'home'),
                        ASPERA_SCP_PASS: PASSWORD
                    }
                }
            );
            return program.finished;
        });
        for (const { exitCode, stderr } of await Promise.all(ends)) {
            expect(exitCode, stderr).to.equal(0);
        }
        const folder = join(direction === 'send' ? bench.root : bench.local, target);
        const [entries, others] = [0, 1].map(i => {
            const lists = join(bench.folder, `lists-${number}-${i}`);
            // one that came too late for any work has none
            return fs.existsSync(lists) ? sorted(list(lists)) : [];
        });
        return { entries, others, folder };
    };

    for (const direction of ['send', 'receive'] as const) {
        it(`${direction}: says of every file what that of one session says, hashes included`, async () => {
            const one = await move(direction, `${direction}-one`, [[]]);
            expect(one.entries).to.have.length(SMALL_FILES + 4);
            one.entries.forEach(entry => expect(entry.hash, entry.path).to.match(/^(blake3|sha256):/));
            const two = await move(direction, `${direction}-two`, [TWO_SESSIONS]);
            expect(two.entries).to.deep.equal(one.entries);
            const each = await move(direction, `${direction}-each`, ONE_BY_ONE);
            expect(each.entries).to.deep.equal(one.entries);
            each.others.forEach(entry => expect(sizesOf(one.entries)).to.include(sizesOf([entry])));

            expect(await verified(two.entries, two.folder)).to.deep.equal({
                same: SMALL_FILES + 4,
                unknown: 0,
                differing: 0,
                differences: []
            });
            const file = fs.openSync(join(two.folder, 'tree/sparse'), 'r+');
            fs.writeSync(file, 'x', 50_000_000);
            fs.closeSync(file);
            const { differences } = await verified(two.entries, two.folder);
            expect(differences.map(({ path, kind }) => [path, kind])).to.deep.equal([
                ['tree/sparse', 'content']
            ]);
        });

        it(`${direction}: says of what an earlier run has brought that it was skipped`, async () => {
            const target = `${direction}-one`;
            const { entries } = await move(direction, target, [TWO_SESSIONS]);
            const outcomes = new Set(entries.map(({ outcome, hash }) => `${outcome} ${hash}`));
            expect([...outcomes]).to.deep.equal(['skipped:same undefined']);
            const { others } = await move(direction, target, ONE_BY_ONE);
            others.forEach(entry => expect(sizesOf(entries)).to.include(sizesOf([entry])));
        });
    }
});

interface Moved {
    /** Of the first process: all files. */
    readonly entries: ManifestEntry[];
    /** Of the second one: those it moved. */
    readonly others: ManifestEntry[];
    readonly folder: string;
}

const sizesOf = (entries: readonly ManifestEntry[]): Record<string, unknown> =>
    Object.fromEntries(entries.map(({ path, sizeBytes }) => [path, sizeBytes]));

const sorted = (entries: readonly ManifestEntry[]): ManifestEntry[] =>
    [...entries].sort((a, b) => (a.path < b.path ? -1 : 1));

function verified(entries: readonly ManifestEntry[], folder: string): ReturnType<typeof verifyAgain> {
    return verifyAgain(entries, {
        open: async path => {
            const file = await fs.promises.open(join(folder, path));
            const { size } = await file.stat();
            return {
                sizeBytes: size,
                read: async (offset, length) => {
                    const bytes = Buffer.alloc(length);
                    await file.read(bytes, 0, length, offset);
                    return bytes;
                },
                close: () => file.close()
            };
        },
        onDifference: () => undefined,
        onProgress: () => undefined,
        isCancelled: () => false
    });
}

/** Data at both ends, and in the middle of the file's second half; nothing in between. */
function makeIslands(path: string): void {
    const file = fs.openSync(path, 'w');
    fs.ftruncateSync(file, SPARSE_BYTES);
    [0, 61_234_567, SPARSE_BYTES - 4321].forEach(at => fs.writeSync(file, `island at ${at}`, at));
    fs.closeSync(file);
}
