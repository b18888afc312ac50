import { expect } from 'chai';
import { execFile } from 'child_process';
import { createHash, randomFillSync } from 'crypto';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError, fsPath, seededRandom } from '@connect/base';
import { decodeCheckpoint } from '../proto/resume-map';
import { hookedStore, runTransfer, TransferOutcome, TransferSetup } from '../testing/transfer-harness';
import { FileStore, OpenFile } from './file-store';
import { readBootId } from './checkpoint-store';
import { LocalFileStore } from './local-file-store';
import { TransferSummary } from './transfer-types';

const MIB = 1024 * 1024;
const NAMES_THAT_HURT = [
    'with space',
    ' leading and trailing ',
    'quote\'s and "double"',
    'emoji 🚀.txt',
    'caf\u00e9 NFC',
    'cafe\u0301 NFD',
    '-rf',
    '--help',
    'line\nbreak',
    'tab\tand\\backslash',
    'a'.repeat(255),
    'ü'.repeat(127),
    'not utf-8 \udcff\udc80',
    'x.partial',
    'x.aspera-ckpt',
    'x',
    '*?[glob]',
    '$HOME `id`',
    '...'
];

describe('TransferSender and TransferReceiver on disk', () => {
    const store = new LocalFileStore();
    let dir: string;
    let source: string;
    let target: string;

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-transfer-'));
        source = join(dir, 'source');
        target = join(dir, 'target');
        await fs.mkdir(source);
        await fs.mkdir(target);
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    function setup(overrides: Partial<TransferSetup['receiver']> = {}, sources = [source]): TransferSetup {
        return {
            sender: { store, sources: sources.map(path => ({ path })) },
            receiver: { store, destination: target, fsync: 'never', ...overrides }
        };
    }

    async function write(
        path: string,
        content: string | Buffer,
        mtimeMs = 1_600_000_000_123
    ): Promise<string> {
        const full = fsPath(join(source, path));
        await fs.writeFile(full, content);
        await fs.utimes(full, mtimeMs / 1000, mtimeMs / 1000);
        return join(source, path);
    }

    function random(bytes: number, seed: number): Buffer {
        const generator = seededRandom(seed);
        const buffer = Buffer.alloc(bytes);
        for (let at = 0; at + 4 <= bytes; at += 4) {
            buffer.writeUInt32LE(generator.nextUint32(), at);
        }
        return buffer;
    }

    it('moves a tree with names that hurt, empty files and folders, times and modes', async () => {
        await fs.mkdir(join(source, 'empty folder'), { recursive: true });
        await fs.mkdir(join(source, 'deep/er/still'), { recursive: true });
        for (const [i, name] of NAMES_THAT_HURT.entries()) {
            await write(name, `content ${i}`, 1_500_000_000_000 + i * 1001);
            await write(join('deep/er', name), random(i * 1000, i));
        }
        await write('deep/er/still/empty', '');
        await write('deep/three chunks', random(3 * MIB - 5, 3));
        await write('deep/exactly one', random(MIB, 4));
        await fs.chmod(join(source, 'x'), 0o444);
        await fs.utimes(join(source, 'deep/er'), 1_400_000_000, 1_400_000_000);

        const outcome = await runTransfer(setup());
        const summary = expectClean(outcome);
        expect(summary.filesDone).to.equal(NAMES_THAT_HURT.length * 2 + 3);
        expect(summary.bytesDone).to.equal(summary.bytesTotal);
        expect(await tree(join(target, 'source'))).to.deep.equal(await tree(source));
        expect((await fs.stat(join(target, 'source/x'))).mode & 0o777).to.equal(0o644);
        expect((await fs.stat(join(target, 'source/deep/er'))).mtimeMs).to.be.closeTo(
            1_400_000_000_000,
            0.01
        );

        // A second run finds everything in place and sends nothing.
        const again = await runTransfer(setup());
        expect(expectClean(again).filesSkipped).to.equal(summary.filesDone);
        expect(again.dataBytes).to.equal(0);
    });

    it('keeps memory and records flat over 2,000 small files, in few records', async () => {
        for (let i = 0; i < 2000; i++) {
            await write(`file ${i}`, random((i * 37) % 9000, i));
        }
        const outcome = await runTransfer(setup());
        expect(expectClean(outcome).filesDone).to.equal(2000);
        expect(await tree(join(target, 'source'))).to.deep.equal(await tree(source));
        expect(outcome.recordsToSender).to.be.lessThan(2000);
    });

    it('resumes a 300 MB file that is cut off at 20 random points', async function () {
        this.timeout(240_000);
        const bytes = 300 * 1000 * 1000;
        const content = Buffer.alloc(bytes);
        randomFillSync(content);
        const path = await write('large', content);
        const points = seededRandom(20);
        let received = 0;
        let runs = 0;
        const resent: number[] = [];
        for (let cut = 0; cut < 20; cut++) {
            let isDead = false;
            const mortal = hookedStore(store, () => {
                // After kill -9 nothing more reaches the disk.
                if (isDead) {
                    throw new ConnectError('transfer.disk-write', 'killed');
                }
            });
            let writtenBytes = 0;
            const counted = countedWrites(mortal, bytesWritten => (writtenBytes += bytesWritten));
            const before = await recordedBytes(join(target, 'large.aspera-ckpt'));
            const cutAfterBytes = Math.max(1, Math.floor(points.nextFloat() * (bytes / 12)));
            const outcome = await runTransfer({
                ...setup({ store: counted }, [path]),
                // A path no faster than the disk: what a faster one loses is up to the limit of the backlog.
                link: {
                    seed: cut + 1,
                    cutAfterBytes,
                    onCut: () => (isDead = true),
                    reorder: 1,
                    aheadBytes: 3 * MIB,
                    writtenBytes: () => writtenBytes
                }
            });
            received += outcome.dataBytes;
            runs += 1;
            if (!(outcome.received instanceof ConnectError)) {
                break;
            }
            const gained = (await recordedBytes(join(target, 'large.aspera-ckpt'))) - before;
            resent.push(outcome.dataBytes - gained);
        }
        const last = await runTransfer(setup({}, [path]));
        expectClean(last);
        received += last.dataBytes;
        expect(runs).to.be.greaterThan(10);
        expect((await fs.readFile(join(target, 'large'))).equals(content)).to.equal(true);
        expect(await fs.readdir(target)).to.deep.equal(['large']);
        // What waited for the disk, and one chunk that had not arrived whole.
        expect(Math.max(...resent) / bytes, 'bytes sent twice').to.be.lessThan(0.015);
        expect(received).to.be.greaterThanOrEqual(bytes);
    });

    it('sends a file again that changes while it is read, and gives up when it goes on', async () => {
        const path = await write('busy', random(5 * MIB, 1));
        let changes = 1;
        const writing = hookedStore(store, async (operation, opened) => {
            if (operation === 'read' && opened === path && changes > 0) {
                changes -= 1;
                await fs.appendFile(path, 'more');
            }
        });
        const once = setup({}, [path]);
        const outcome = await runTransfer({ ...once, sender: { ...once.sender, store: writing } });
        expect(expectClean(outcome).filesDone).to.equal(1);
        expect(await fs.readFile(join(target, 'busy'))).to.deep.equal(await fs.readFile(path));

        await fs.rm(join(target, 'busy'));
        changes = 1000;
        const twice = await runTransfer({ ...once, sender: { ...once.sender, store: writing } });
        expect(codes(twice)).to.deep.equal(['transfer.source-changed']);
        expect(await fs.readdir(target)).to.deep.equal([]);
    });

    it('goes on when single files fail at the source', async () => {
        await write('good', 'good');
        await write('bad', 'bad');
        await write('bad and large', random(3 * MIB, 2));
        const missing = join(source, 'missing');
        await fs.symlink('nowhere', join(source, 'dangling'));
        await fs.symlink('.', join(source, 'loop'));
        const failing = hookedStore(store, (operation, path) => {
            if (operation === 'read' && path.includes('bad')) {
                throw new ConnectError('transfer.disk-read', 'bad sector');
            }
        });
        const both = setup({}, [source, missing]);
        const outcome = await runTransfer({ ...both, sender: { ...both.sender, store: failing } });
        const [sent, received] = [summaryOf(outcome.sent), summaryOf(outcome.received)];
        for (const summary of [sent, received]) {
            expect(summary.error?.code).to.equal('transfer.some-files-failed');
            expect(summary.failures.map(failure => failure.error.code).sort()).to.deep.equal([
                'transfer.disk-read',
                'transfer.disk-read',
                'transfer.link-loop',
                'transfer.source-missing',
                'transfer.source-missing'
            ]);
            expect(summary.filesFailed).to.equal(5);
            expect(summary.filesTotal).to.equal(6);
        }
        expect(await tree(join(target, 'source'))).to.have.length(1);
    });

    it('fails with the reason itself when nothing could be sent', async () => {
        const outcome = await runTransfer(setup({}, [join(dir, 'no such')]));
        expect(summaryOf(outcome.sent).error?.code).to.equal('transfer.source-missing');
        expect(summaryOf(outcome.received).error?.code).to.equal('transfer.source-missing');
    });

    it('keeps what arrived when the target is full, and finishes when there is room', async () => {
        const content = random(6 * MIB, 9);
        const path = await write('big', content);
        await write('small', 'small');
        let room = 3 * MIB;
        const full = hookedStore(store, (operation, _path, bytes) => {
            if (operation === 'write') {
                if (bytes!.length > room) {
                    throw new ConnectError('transfer.no-space', 'full');
                }
                room -= bytes!.length;
            }
        });
        const outcome = await runTransfer(setup({ store: full }, [path, join(source, 'small')]));
        expect(codes(outcome)).to.include('transfer.no-space');
        expect((await fs.readdir(target)).filter(name => name.startsWith('big')).sort()).to.deep.equal([
            'big.aspera-ckpt',
            'big.partial'
        ]);
        const again = await runTransfer(setup({}, [path, join(source, 'small')]));
        expectClean(again);
        expect(again.dataBytes).to.be.lessThan(5 * MIB);
        expect((await fs.readFile(join(target, 'big'))).equals(content)).to.equal(true);
        expect((await fs.readdir(target)).sort()).to.deep.equal(['big', 'small']);
    });

    it('says that the target is read-only, and leaves nothing', async () => {
        const path = await write('file', 'content');
        const readOnly = hookedStore(store, operation => {
            if (operation === 'open' || operation === 'makeDirectory') {
                throw new ConnectError('transfer.read-only', 'read-only');
            }
        });
        const inFolder = await runTransfer(setup({ store: readOnly }, [path]));
        expect(codes(inFolder)).to.deep.equal(['transfer.read-only']);
        expect(summaryOf(inFolder.sent).error?.code).to.equal('transfer.read-only');
        const destination = join(dir, 'cannot/be made/');
        const unusable = await runTransfer(setup({ store: readOnly, destination }, [path]));
        expect((unusable.received as ConnectError).code).to.equal('transfer.read-only');
        expect((unusable.sent as ConnectError).code).to.equal('transfer.read-only');
        expect(await fs.readdir(target)).to.deep.equal([]);
    });

    it('asks again for content that was damaged on the way, and only for that', async () => {
        const content = random(4 * MIB, 5);
        const path = await write('damaged', content);
        let damage = 1;
        const mangle = (offset: number, bytes: Uint8Array): Uint8Array => {
            if (offset >= 2 * MIB && damage-- > 0) {
                const wrong = Uint8Array.from(bytes);
                wrong[0]! ^= 1;
                return wrong;
            }
            return bytes;
        };
        const outcome = await runTransfer({ ...setup({}, [path]), link: { mangle } });
        expectClean(outcome);
        expect(outcome.dataBytes).to.equal(5 * MIB);
        expect((await fs.readFile(join(target, 'damaged'))).equals(content)).to.equal(true);

        await fs.rm(join(target, 'damaged'));
        damage = Number.POSITIVE_INFINITY;
        const never = await runTransfer({ ...setup({}, [path]), link: { mangle } });
        expect(codes(never)).to.deep.equal(['transfer.verify-failed']);
        expect(await fs.readdir(target)).to.not.include('damaged');
    });

    it('places one file at a missing target under that name, and folders as they come', async () => {
        const path = await write('one', 'one');
        expectClean(await runTransfer(setup({ destination: join(target, 'new/name') }, [path])));
        expect(await fs.readFile(join(target, 'new/name'), 'utf8')).to.equal('one');
        expectClean(await runTransfer(setup({ destination: join(target, 'folder/') }, [path])));
        expect(await fs.readdir(join(target, 'folder'))).to.deep.equal(['one']);
        expectClean(
            await runTransfer(setup({ destination: join(target, 'made'), createFolder: true }, [path]))
        );
        expect(await fs.readdir(join(target, 'made'))).to.deep.equal(['one']);
        const twice = await runTransfer(setup({ destination: join(target, 'twice') }, [path, path]));
        expect(codes(twice)).to.deep.equal(['transfer.exists']);
        expect(await fs.readdir(join(target, 'twice'))).to.deep.equal(['one']);
        const onFile = await runTransfer(setup({ destination: join(target, 'new/name') }, [path, source]));
        expect((onFile.received as ConnectError).code).to.equal('transfer.not-a-directory');
        expect((onFile.sent as ConnectError).code).to.equal('transfer.not-a-directory');
    });

    it('keeps to the overwrite rule and compares as far as the resume level says', async () => {
        const path = await write('file', 'new content');
        const put = async (content: string, mtimeMs: number): Promise<void> => {
            await fs.writeFile(join(target, 'file'), content);
            await fs.utimes(join(target, 'file'), mtimeMs / 1000, mtimeMs / 1000);
        };
        const run = async (overrides: Partial<TransferSetup['receiver']>): Promise<'sent' | 'skipped'> =>
            expectClean(await runTransfer(setup(overrides, [path]))).filesDone === 1 ? 'sent' : 'skipped';
        const time = 1_600_000_000_123;
        await put('old content', time - 1000);
        expect(await run({ overwrite: 'never' })).to.equal('skipped');
        expect(await run({ overwrite: 'older' })).to.equal('sent');
        expect(await fs.readFile(join(target, 'file'), 'utf8')).to.equal('new content');
        await put('old content', time);
        expect(await run({ overwrite: 'older' })).to.equal('skipped');
        expect(await run({ overwrite: 'diff' })).to.equal('skipped');
        expect(await run({ overwrite: 'diff', resume: 'sparse-checksum' })).to.equal('sent');
        await put('new content', time + 5000);
        expect(await run({ overwrite: 'diff', resume: 'full-checksum' })).to.equal('skipped');
        expect((await fs.stat(join(target, 'file'))).mtimeMs).to.be.closeTo(time, 0.01);
        expect(await run({ overwrite: 'diff', resume: 'none' })).to.equal('sent');
        expect(await run({ overwrite: 'always' })).to.equal('sent');
    });

    it('sends only what a damaged partial file lacks, when checksums are asked for', async () => {
        const content = random(8 * MIB, 6);
        const path = await write('big', content);
        const cut = { ...setup({}, [path]), link: { cutAfterBytes: 5 * MIB, reorder: 1 } };
        await runTransfer(cut);
        const partial = join(target, 'big.partial');
        const handle = await fs.open(partial, 'r+');
        await handle.write(Buffer.from('wrong'), 0, 5, MIB + 10);
        await handle.close();
        const outcome = await runTransfer(setup({ resume: 'full-checksum' }, [path]));
        expectClean(outcome);
        expect((await fs.readFile(join(target, 'big'))).equals(content)).to.equal(true);
        expect(outcome.dataBytes).to.be.lessThan(6 * MIB);
    });

    it('begins anew when the source is another version or resuming is off', async () => {
        const path = await write('big', random(6 * MIB, 6));
        const cut = { ...setup({}, [path]), link: { cutAfterBytes: 4 * MIB } };
        await runTransfer(cut);
        await write('big', random(6 * MIB, 7), 1_600_000_001_000);
        const changed = await runTransfer(setup({}, [path]));
        expectClean(changed);
        expect(changed.dataBytes).to.equal(6 * MIB);
        expect(await fs.readdir(target)).to.deep.equal(['big']);
        await fs.rm(join(target, 'big'));
        await runTransfer(cut);
        const off = await runTransfer(setup({ resume: 'none' }, [path]));
        expectClean(off);
        expect(off.dataBytes).to.equal(6 * MIB);
        expect(await fs.readdir(target)).to.deep.equal(['big']);
        expect(await fs.readFile(join(target, 'big'))).to.deep.equal(await fs.readFile(path));
    });

    it('leaves a file alone that is called like an unfinished one', async () => {
        const path = await write('x', random(3 * MIB, 1));
        await fs.writeFile(join(target, 'x.partial'), 'precious');
        expectClean(await runTransfer(setup({}, [path])));
        expect(await fs.readFile(join(target, 'x.partial'), 'utf8')).to.equal('precious');
        expect((await fs.readdir(target)).sort()).to.deep.equal(['x', 'x.partial']);
    });

    it('copies links that stay inside, and refuses those that lead out', async () => {
        await write('file', 'content');
        await fs.symlink('file', join(source, 'inside'));
        await fs.symlink('/etc/passwd', join(source, 'absolute'));
        await fs.symlink('../../..', join(source, 'up'));
        const base = setup();
        const outcome = await runTransfer({ ...base, sender: { ...base.sender, symlinks: 'copy' } });
        expect(codes(outcome)).to.deep.equal(['transfer.outside-root', 'transfer.outside-root']);
        expect((await fs.readdir(join(target, 'source'))).sort()).to.deep.equal(['file', 'inside']);
        expect(await fs.readlink(join(target, 'source/inside'))).to.equal('file');
        const skipping = await runTransfer({
            ...setup({ destination: join(target, 'b/') }),
            sender: { ...base.sender, symlinks: 'skip' }
        });
        expectClean(skipping);
        expect(await fs.readdir(join(target, 'b/source'))).to.deep.equal(['file']);
    });

    it('does not go through a link below the destination', async () => {
        await fs.mkdir(join(source, 'folder'));
        await write('folder/file', 'content');
        await fs.mkdir(join(target, 'source'));
        await fs.mkdir(join(dir, 'elsewhere'));
        await fs.symlink(join(dir, 'elsewhere'), join(target, 'source/folder'));
        const outcome = await runTransfer(setup());
        expect(codes(outcome)).to.deep.equal(['transfer.not-a-directory', 'transfer.not-a-directory']);
        expect(await fs.readdir(join(dir, 'elsewhere'))).to.deep.equal([]);
    });

    it('reports pipes and goes on, and replaces no folder by a file', async () => {
        await write('file', 'content');
        await fs.mkdir(join(target, 'source/file'), { recursive: true });
        expect(await run('mkfifo', [join(source, 'pipe')])).to.equal(true);
        await write('other', 'other');
        const outcome = await runTransfer(setup());
        expect(codes(outcome).sort()).to.deep.equal(['transfer.is-a-directory', 'transfer.not-regular']);
        expect(await fs.readFile(join(target, 'source/other'), 'utf8')).to.equal('other');
    });

    it('survives a disk of 1 MB that is really full (needs the right to mount a tmpfs)', async function () {
        const mounted = await run('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', target]);
        if (!mounted) {
            this.skip();
        }
        try {
            const path = await write('big', random(3 * MIB, 3));
            await write('small', 'small');
            expectClean(await runTransfer(setup({ fsync: 'auto' }, [join(source, 'small')])));
            const outcome = await runTransfer(setup({ fsync: 'auto' }, [join(source, 'small'), path]));
            expect(codes(outcome)).to.deep.equal(['transfer.no-space']);
            expect(await fs.readFile(join(target, 'small'), 'utf8')).to.equal('small');
            expect(await run('mount', ['-o', 'remount,size=8m', target])).to.equal(true);
            expectClean(await runTransfer(setup({ fsync: 'auto' }, [join(source, 'small'), path])));
            expect((await fs.readdir(target)).sort()).to.deep.equal(['big', 'small']);
            expect(await run('mount', ['-o', 'remount,ro', target])).to.equal(true);
            const readOnly = await runTransfer(setup({ overwrite: 'always' }, [path]));
            expect(codes(readOnly)).to.deep.equal(['transfer.read-only']);
        } finally {
            await run('umount', [target]);
        }
    });

    it('replaces nothing when told to report, and sends all else', async () => {
        await write('differs', 'new content');
        await write('same', 'same');
        await write('fresh', 'fresh');
        await fs.symlink('fresh', join(source, 'link'));
        await fs.mkdir(join(target, 'source'));
        await fs.writeFile(join(target, 'source/differs'), 'old');
        await fs.writeFile(join(target, 'source/link'), 'no link');
        await fs.copyFile(join(source, 'same'), join(target, 'source/same'));
        await fs.utimes(join(target, 'source/same'), 1_600_000_000.123, 1_600_000_000.123);
        const links = { store, sources: [{ path: source }], symlinks: 'copy' as const };
        const outcome = await runTransfer({ ...setup({ overwrite: 'report' }), sender: links });
        const { failures, filesDone, filesSkipped } = summaryOf(outcome.received);
        expect(failures.map(failure => failure.error.code)).to.deep.equal([
            'transfer.target-differs',
            'transfer.target-differs'
        ]);
        const differing = failures.find(failure => failure.path.endsWith('differs'))!;
        expect(differing.error.message).to.contain('3 bytes of').and.contain('11 bytes of 2020-09-13');
        expect([filesDone, filesSkipped]).to.deep.equal([1, 1]);
        expect(await fs.readFile(join(target, 'source/differs'), 'utf8')).to.equal('old');
        expect(await fs.readFile(join(target, 'source/link'), 'utf8')).to.equal('no link');
        expect(await fs.readFile(join(target, 'source/fresh'), 'utf8')).to.equal('fresh');
    });

    it('puts new files beside those that differ when told to rename, once, even when it is done again', async () => {
        await write('a.txt', 'new a');
        await write('a (2).txt', 'another file of that name');
        await write('big.bin', random(3 * MIB, 9));
        await write('free', 'free');
        await fs.mkdir(join(target, 'source'));
        for (const name of ['a.txt', 'big.bin']) {
            await fs.writeFile(join(target, 'source', name), 'old');
        }
        expectClean(await runTransfer(setup({ overwrite: 'rename' })));
        const first = await tree(join(target, 'source'));
        const names = await fs.readdir(join(target, 'source'));
        expect(names).to.include.members(['a.txt', 'a (2).txt', 'big.bin', 'big (2).bin', 'free']);
        const texts = names.filter(name => name.startsWith('a')).map(name => join(target, 'source', name));
        const content = await Promise.all(texts.map(path => fs.readFile(path, 'utf8')));
        expect(content.sort()).to.deep.equal(['another file of that name', 'new a', 'old']);
        expect(await fs.readFile(join(target, 'source/a.txt'), 'utf8')).to.equal('old');
        expect(await fs.readFile(join(target, 'source/big (2).bin'))).to.deep.equal(random(3 * MIB, 9));
        expectClean(await runTransfer(setup({ overwrite: 'rename' })));
        expect(await tree(join(target, 'source'))).to.deep.equal(first);
    });

    it('keeps two runs into the same place from spoiling each other', async () => {
        for (let i = 0; i < 40; i++) {
            await write(`file ${i}`, random(5000, i));
        }
        await write('big', random(9 * MIB, 4));
        const both = await Promise.all([runTransfer(setup()), runTransfer(setup())]);
        for (const outcome of both) {
            for (const failure of summaryOf(outcome.received).failures) {
                expect(failure.error.code).to.be.oneOf([
                    'transfer.rename-failed',
                    'transfer.exists',
                    'transfer.disk-write'
                ]);
            }
        }
        expectClean(await runTransfer(setup()));
        expect(await tree(join(target, 'source'))).to.deep.equal(await tree(source));
    });

    it('stops soon, keeps what is right, and has monotone numbers', async () => {
        const path = await write('big', random(32 * MIB, 8));
        let stop: (() => void) | undefined;
        let last = 0;
        const outcome = await runTransfer({
            ...setup({}, [path]),
            onStart: ({ sender, receiver }) => {
                stop = () => receiver.stop(new ConnectError('cancelled', 'stopped'));
                const look = (): void => {
                    const { bytesDone } = receiver.progress();
                    expect(bytesDone).to.be.at.least(last);
                    last = bytesDone;
                    if (bytesDone > 10 * MIB) {
                        stop?.();
                    } else {
                        setImmediate(look);
                    }
                };
                look();
                expect(sender.progress().bytesDone).to.equal(0);
            }
        });
        expect((outcome.received as ConnectError).code).to.equal('cancelled');
        expect((await fs.readdir(target)).sort()).to.deep.equal(['big.aspera-ckpt', 'big.partial']);
        const again = await runTransfer(setup({}, [path]));
        expect(expectClean(again).bytesResumed).to.be.greaterThan(9 * MIB);
        expect(summaryOf(again.sent).bytesDone).to.equal(32 * MIB);
    });

    function run(command: string, args: string[]): Promise<boolean> {
        return new Promise(resolve => execFile(command, args, error => resolve(error === null)));
    }

    function expectClean(outcome: TransferOutcome): TransferSummary {
        for (const end of [outcome.sent, outcome.received]) {
            if (end instanceof ConnectError) {
                throw end;
            }
            expect({ failures: end.failures, error: end.error }).to.deep.equal({
                failures: [],
                error: undefined
            });
        }
        return summaryOf(outcome.received);
    }

    function summaryOf(end: TransferSummary | ConnectError): TransferSummary {
        if (end instanceof ConnectError) {
            throw end;
        }
        return end;
    }

    /** Failure codes, which both ends agree about. */
    function codes(outcome: TransferOutcome): string[] {
        const [sent, received] = [outcome.sent, outcome.received].map(end =>
            summaryOf(end)
                .failures.map(failure => `${failure.path}: ${failure.error.code}`)
                .sort()
        );
        expect(sent).to.deep.equal(received);
        return sent!.map(line => line.slice(line.lastIndexOf(': ') + 2));
    }

    /** A store that tells how many bytes have been written to its files, as soon as they are. */
    function countedWrites(inner: FileStore, onWritten: (bytes: number) => void): FileStore {
        const open: FileStore['open'] = async (...args) => {
            const file = await inner.open(...args);
            const write: OpenFile['write'] = async (bytes, position) => {
                await file.write(bytes, position);
                onWritten(bytes.length);
            };
            const writeParts: OpenFile['writeParts'] = async (parts, position) => {
                await file.writeParts(parts, position);
                parts.forEach(part => onWritten(part.length));
            };
            return { ...file, write, writeParts };
        };
        return { ...inner, open };
    }

    /** How much of the file a checkpoint tells of. */
    async function recordedBytes(path: string): Promise<number> {
        const bytes = await fs.readFile(path).catch(() => undefined);
        const map = bytes && decodeCheckpoint(bytes, readBootId());
        return map ? map.hashes.size * map.identity.chunkBytes : 0;
    }

    /** Path in hex, hash and time in microseconds of every file, without order. */
    async function tree(root: string): Promise<string[]> {
        const lines: string[] = [];
        const walk = async (path: Buffer, prefix: Buffer): Promise<void> => {
            for (const entry of await fs.readdir(path, { withFileTypes: true, encoding: 'buffer' })) {
                const full = Buffer.concat([path, Buffer.from('/'), entry.name]);
                const relative = Buffer.concat([prefix, Buffer.from('/'), entry.name]);
                if (entry.isDirectory()) {
                    lines.push(`${relative.toString('hex')} folder`);
                    await walk(full, relative);
                } else {
                    const stat = await fs.stat(full, { bigint: true });
                    const hash = createHash('sha256')
                        .update(await fs.readFile(full))
                        .digest('hex');
                    lines.push(`${relative.toString('hex')} ${hash} ${stat.mtimeNs / 1000n}`);
                }
            }
        };
        await walk(Buffer.from(root), Buffer.alloc(0));
        return lines.sort();
    }
});
