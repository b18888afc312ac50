import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { RunningProgram } from '../support/processes';
import { TransferBench } from '../support/transfer-bench';
import { writeNoise } from '../support/trees';

const DIRECTIONS = ['send', 'receive'] as const;
type Direction = (typeof DIRECTIONS)[number];

/** Older than the last change: the next who reads such a file changes its time of access, as most systems are set up. */
const READ_AT = 1_300_000_000.25;
const CHANGED_AT = 1_500_000_000.5;
const SMALL_FILES = 40;
const BIG_BYTES = 6_000_000;
const ENTRIES = ['', 'big', 'empty', 'inner', 'inner/file 1', 'link', 'whole'];
/** Large enough for pieces of several chunks each. */
const SPLIT = ['--multi-session-threshold', '3000000', '--multi-session-interval', '0'];

function makeTree(tree: string): void {
    fs.mkdirSync(join(tree, 'inner'), { recursive: true });
    writeNoise(join(tree, 'big'), 1, BIG_BYTES);
    writeNoise(join(tree, 'whole'), 2, 1_500_000);
    fs.writeFileSync(join(tree, 'empty'), '');
    for (let i = 0; i < SMALL_FILES; i++) {
        writeNoise(join(tree, `inner/file ${i}`), 3 + i, 2000 + i);
    }
    fs.symlinkSync('whole', join(tree, 'link'));
}

/** Gives all entries their times again, inner ones first. */
function setTimes(tree: string): void {
    const names = fs.readdirSync(tree, { recursive: true, encoding: 'utf8' }).sort().reverse();
    [...names, ''].forEach((name, i) => fs.lutimesSync(join(tree, name), READ_AT + i, CHANGED_AT + i));
}

/** Times of last access and change, to the microsecond. */
function timesOf(tree: string): Record<string, readonly [bigint, bigint]> {
    return Object.fromEntries(
        ENTRIES.map(name => {
            const { atimeNs, mtimeNs } = fs.lstatSync(join(tree, name), { bigint: true });
            return [name, [atimeNs / 1000n, mtimeNs / 1000n] as const];
        })
    );
}

const OWNERS = ['--preserve-file-owner-uid', '--preserve-file-owner-gid'];
const UID = 23_456;
const GID = 34_567;
/** Of the user that a server without rights runs as. */
const NOBODY = 45_678;
const IS_ROOT = process.geteuid?.() === 0;
const ROOT_ONLY = 'needs root and setpriv';

function ownersOf(tree: string): Record<string, string> {
    return Object.fromEntries(
        ENTRIES.map(name => {
            const { uid, gid, mode } = fs.lstatSync(join(tree, name));
            return [name, `${uid}:${gid}${mode & 0o6000 ? ' with a bit for it' : ''}`];
        })
    );
}

/** What the list of a transfer says was not kept, file by file. */
function notKept(folder: string): Record<string, readonly string[] | undefined> {
    const lines = fs
        .readdirSync(folder)
        .flatMap(name => fs.readFileSync(join(folder, name), 'utf8').split('\n'))
        .filter(line => line !== '')
        .map(line => JSON.parse(line) as { path: string; outcome: string; notKept?: string[] });
    expect(lines.map(({ outcome }) => outcome)).to.include('done');
    return Object.fromEntries(lines.map(line => [line.path, line.notKept]));
}

/** Real clients and servers. */
describe('what is kept of sources when it is asked for', function () {
    this.timeout(120_000);
    let bench: TransferBench;
    let count = 0;

    before(async () => {
        bench = await TransferBench.start({ userOptions: ['--owner'] });
        makeTree(join(bench.local, 'tree'));
        makeTree(join(bench.root, 'tree'));
    });

    after(() => bench?.dispose());

    const sourceOf = (direction: Direction): string =>
        join(direction === 'send' ? bench.local : bench.root, 'tree');

    /** Options for a list, and where it is then. */
    const list = (): { readonly folder: string; readonly options: readonly string[] } => {
        const folder = join(bench.folder, `list ${count++}`);
        return { folder, options: ['--file-manifest', 'json', '--file-manifest-path', folder] };
    };

    const start = (
        direction: Direction,
        target: string,
        args: readonly string[],
        env?: NodeJS.ProcessEnv
    ): RunningProgram => {
        const options = ['--symbolic-links=copy', ...args];
        return direction === 'send'
            ? bench.send([sourceOf(direction)], `/${target}/`, options, { env })
            : bench.receive(['/tree'], `${join(bench.local, target)}/`, options, { env });
    };

    /** Moves the tree; where it is then. */
    const move = async (
        direction: Direction,
        args: readonly string[],
        { again, env }: { again?: string; env?: NodeJS.ProcessEnv } = {}
    ): Promise<string> => {
        const target = again ?? `target ${count++}`;
        const { exitCode, stderr } = await start(direction, target, args, env).finished;
        expect(exitCode, stderr).to.equal(0);
        return join(direction === 'send' ? bench.root : bench.local, target, 'tree');
    };

    const overHttps = (): string[] => [
        ...['-y', 'F', '-t', String(bench.address.httpsPort)],
        ...['--check-https-fp', bench.address.httpsFingerprint]
    ];
    const ways: ReadonlyArray<readonly [string, () => string[], NodeJS.ProcessEnv?]> = [
        ['one session', () => []],
        ['one session without the addon', () => [], { CONNECT_NATIVE: '/dev/null/none' }],
        ['three sessions, which split a file', () => ['--sessions', '3', ...SPLIT]],
        ['HTTPS', overHttps]
    ];

    for (const direction of DIRECTIONS) {
        for (const [way, args, env] of ways) {
            it(`${direction}: times of last access as they were before the transfer, by ${way}`, async () => {
                const source = sourceOf(direction);
                setTimes(source);
                const expected = timesOf(source);
                const moved = await move(direction, ['--preserve-access-time', ...args()], { env });
                expect(timesOf(moved)).to.deep.equal(expected);
            });
        }

        it(`${direction}: files that turn out to be the same get them, too`, async () => {
            const source = sourceOf(direction);
            setTimes(source);
            const moved = await move(direction, []);
            expect(timesOf(moved)['big']![0]).not.to.equal(timesOf(source)['big']![0]);
            setTimes(source);
            const expected = timesOf(source);
            const target = moved.split('/').at(-2)!;
            await move(direction, ['-p', '-k', '3'], { again: target });
            expect(timesOf(moved)['big']).to.deep.equal(expected['big']);
        });

        it(`${direction}: reading changes no time of last access of the sources`, async () => {
            for (const [, args] of ways.slice(0, 3)) {
                const source = sourceOf(direction);
                setTimes(source);
                const { link: _, ...expected } = timesOf(source);
                await move(direction, ['--preserve-source-access-time', ...args()]);
                expect(timesOf(source)).to.deep.include(expected);
            }
        });

        for (const [way, args, env] of ways) {
            it(`${direction}: owners and groups, by ${way} [${ROOT_ONLY}]`, async function () {
                if (!IS_ROOT) {
                    this.skip();
                }
                const source = sourceOf(direction);
                ENTRIES.forEach((name, i) => fs.lchownSync(join(source, name), UID + i, GID + i));
                fs.chmodSync(join(source, 'whole'), 0o6755);
                const { folder, options } = list();
                const moved = await move(direction, [...OWNERS, ...options, ...args()], { env });
                const expected = ownersOf(source);
                expect(ownersOf(moved)).to.deep.equal({
                    ...expected,
                    whole: expected['whole']!.split(' ')[0]
                });
                expect(Object.values(notKept(folder)).filter(facts => facts)).to.deep.equal([]);
            });
        }
    }

    it('receive: only the group, where only that is asked for [needs root]', async function () {
        if (!IS_ROOT) {
            this.skip();
        }
        fs.chownSync(join(sourceOf('receive'), 'big'), UID, GID);
        const moved = await move('receive', ['--preserve-file-owner-gid']);
        expect(ownersOf(moved)['big']).to.equal(`${process.getuid!()}:${GID}`);
    });

    const refusing: ReadonlyArray<readonly [string, Parameters<typeof TransferBench.start>[0]]> = [
        ['that does not grant it to the user', {}],
        ['that the system does not let do it', { userOptions: ['--owner'], serverUid: NOBODY }]
    ];
    for (const [what, options] of refusing) {
        it(`send: a server ${what} keeps the files, and each is said not to be its owner's [${ROOT_ONLY}]`, async function () {
            if (!IS_ROOT) {
                this.skip();
            }
            const own = await TransferBench.start(options);
            try {
                const source = join(bench.local, 'tree');
                ENTRIES.forEach(name => fs.lchownSync(join(source, name), UID, GID));
                for (const args of [[], ['--sessions', '2', ...SPLIT]]) {
                    const { folder, options: listed } = list();
                    const target = `/target ${count++}/`;
                    const links = '--symbolic-links=copy';
                    const run = own.send([source], target, [links, ...OWNERS, ...listed, ...args]);
                    const { exitCode, stderr } = await run.finished;
                    expect(exitCode, stderr).to.equal(0);
                    expect(stderr).to.match(/Of \d+ files owners, groups or times could not be kept/);
                    const owners = new Set(Object.values(ownersOf(join(own.root, target, 'tree'))));
                    const uid = options?.serverUid ?? 0;
                    expect([...owners]).to.deep.equal([`${uid}:${uid}`]);
                    const lost = notKept(folder);
                    expect(Object.keys(lost)).to.include.members(['tree/big', 'tree/empty', 'tree/link']);
                    expect(new Set(Object.values(lost).map(String))).to.deep.equal(new Set(['owner,group']));
                }
            } finally {
                await own.dispose();
            }
        });
    }

    it(`receive: says of which files reading was seen, as they are not the server's own [${ROOT_ONLY}]`, async function () {
        if (!IS_ROOT) {
            this.skip();
        }
        const own = await TransferBench.start({ serverUid: NOBODY });
        try {
            const source = join(own.root, 'tree');
            makeTree(source);
            fs.chownSync(join(source, 'whole'), NOBODY, NOBODY);
            const { folder, options } = list();
            const target = join(own.local, 'target');
            const args = ['-d', '--preserve-source-access-time', ...options];
            const { exitCode, stderr } = await own.receive(['/tree'], target, args).finished;
            expect(exitCode, stderr).to.equal(0);
            const lost = notKept(folder);
            expect(lost['tree/big']).to.deep.equal(['source-access-time']);
            expect(lost['tree/inner/file 1']).to.deep.equal(['source-access-time']);
            expect(lost['tree/whole']).to.equal(undefined);
        } finally {
            await own.dispose();
        }
    });
});
