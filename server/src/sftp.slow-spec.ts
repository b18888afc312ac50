import { expect } from 'chai';
import { createHash, randomBytes } from 'crypto';
import { once } from 'events';
import * as fs from 'fs';
import { connect } from 'net';
import { join } from 'path';
import { seededRandom } from '@connect/base';
import { Client, ClientChannel, FileEntryWithStats, SFTPWrapper } from 'ssh2';
import { spawnSync } from 'child_process';
import { run, ServerFixture, until } from './testing/server-fixture';

const hash = (path: string): string => createHash('sha256').update(fs.readFileSync(path)).digest('hex');
const hasRclone = spawnSync('rclone', ['version']).error === undefined;

/** What a callback of ssh2 gives: `ok`, or the number of the status. */
function status(call: (done: (error?: Error | null) => void) => unknown): Promise<unknown> {
    return new Promise(resolve => {
        call(error => resolve(error ? ((error as { code?: number }).code ?? error.message) : 'ok'));
    });
}

describe('SFTP', () => {
    let server: ServerFixture;
    let client: Client | undefined;
    const real = (path: string): string => join(server.root, path);
    const local = (path: string): string => join(server.folder, path);
    const open = async (user = 'ana'): Promise<SFTPWrapper> => {
        client?.end();
        client = await server.login({ username: user });
        return new Promise((resolve, reject) =>
            client!.sftp((error, sftp) => (error ? reject(error) : resolve(sftp)))
        );
    };

    before(async () => {
        server = new ServerFixture();
        server.addUser('ana');
        server.addUser('reader', '--no-upload', '--no-mkdir', '--no-rename', '--no-delete');
        server.addUser('dropper', '--no-browse', '--no-download', '--no-rename', '--no-delete');
        server.addUser('keeper', '--no-delete');
        await server.start();
    });
    after(() => server.dispose());
    beforeEach(() => {
        fs.rmSync(server.root, { recursive: true });
        fs.mkdirSync(real('sub'), { recursive: true });
        fs.writeFileSync(local('secret'), 'secret');
        fs.writeFileSync(real('sub/file'), 'content');
        fs.symlinkSync('..', real('above'));
        fs.symlinkSync(local('secret'), real('absolute'));
        fs.symlinkSync('sub/file', real('inside'));
    });
    afterEach(() => client?.end());

    describe("by OpenSSH's sftp", () => {
        let key: string;
        before(() => (key = server.newKey('ed25519')));

        it('moves files and folders both ways, keeps modes and times, renames and removes', async () => {
            fs.writeFileSync(local('big'), randomBytes(5_000_001));
            fs.mkdirSync(local('tree/inner'), { recursive: true });
            fs.writeFileSync(local('tree/inner/a b'), 'x');
            fs.chmodSync(local('big'), 0o640);
            fs.utimesSync(local('big'), 1_000_000, 1_234_567);
            const output = await server.sftp(key, [
                `put -p ${local('big')} /big`,
                `put -R ${local('tree')} /`,
                'mkdir /made',
                'rename /big /made/big',
                'ln -s big /made/link',
                'ls -la /made',
                `get -p /made/link ${local('by-link')}`,
                `get -R /tree ${local('tree-back')}`,
                'rm /made/link',
                'chmod 600 /made/big',
                'cd /made',
                'cd ..',
                'pwd'
            ]);
            expect([output.code, output.stderr]).to.deep.equal([0, '']);
            expect(hash(real('made/big'))).to.equal(hash(local('big')));
            expect(hash(local('by-link'))).to.equal(hash(local('big')));
            expect(fs.statSync(local('by-link')).mtimeMs).to.equal(1_234_567_000);
            expect(fs.statSync(real('made/big')).mode & 0o777).to.equal(0o600);
            expect(fs.readFileSync(local('tree-back/inner/a b'), 'utf8')).to.equal('x');
            expect(output.stdout)
                .to.match(/-rw-r-----.*5000001.*big/)
                .and.to.include('Remote working directory: /\n');
            expect(fs.existsSync(real('made/link'))).to.equal(false);
        });

        it('finds no way out of the root', async () => {
            const passwd = fs.readFileSync('/etc/passwd', 'utf8');
            const ways = [
                '/../secret',
                '../../../../../../etc/passwd',
                '/above/secret',
                '/absolute',
                '/sub/../../secret'
            ];
            for (const way of ways) {
                const output = await server.sftp(key, [
                    `-get "${way}" ${local('stolen')}`,
                    `-ls "${way}"`,
                    `-put ${local('secret')} "${way}"`
                ]);
                expect(output.stdout + output.stderr).to.not.include(passwd.split('\n')[0]);
                expect(fs.existsSync(local('stolen')), way).to.equal(false);
            }
            expect((await server.sftp(key, ['ln -s /etc/passwd /out'])).code).to.equal(1);
            expect((await server.sftp(key, ['ln -s ../secret /out'])).code).to.equal(1);
            expect(fs.readFileSync(local('secret'), 'utf8')).to.equal('secret');
            expect(fs.readFileSync('/etc/passwd', 'utf8')).to.equal(passwd);
        });

        it('carries names that hurt, and those that are not UTF-8', async () => {
            const names = ['-rf', 'e\u0301 \u00e9', '😀', `it's "x"`, 'x'.repeat(255)].map(name =>
                Buffer.from(name)
            );
            names.push(Buffer.from([0x72, 0xff, 0xfe]));
            const folder = Buffer.from(`${local('names')}/`);
            fs.mkdirSync(local('names'));
            names.forEach(name => fs.writeFileSync(Buffer.concat([folder, name]), name));
            expect(
                await server.sftp(key, [`put -R ${local('names')} /`, `get -R /names ${local('names-back')}`])
            ).to.include({ code: 0 });
            for (const place of [real('names/'), local('names-back/')]) {
                const found = fs.readdirSync(place, { encoding: 'buffer' }).map(name => name.toString('hex'));
                expect(found).to.have.members(names.map(name => name.toString('hex')));
            }
        });
    });

    describe('by ssh2', () => {
        it('answers every failure with its status', async () => {
            const sftp = await open();
            const [noSuchFile, permissionDenied, failure] = [2, 3, 4];
            const rows: Array<[string, unknown, (done: (error?: Error | null) => void) => unknown]> = [
                ['stat of nothing', noSuchFile, done => sftp.stat('/none', done)],
                ['stat outside', permissionDenied, done => sftp.stat('/../secret', done)],
                ['stat through a link', permissionDenied, done => sftp.stat('/absolute', done)],
                ['lstat of the link itself', 'ok', done => sftp.lstat('/absolute', done)],
                ['open outside', permissionDenied, done => sftp.open('/above/secret', 'r', done)],
                ['create outside', permissionDenied, done => sftp.open('/above/new', 'w', done)],
                ['write through a link', failure, done => sftp.open('/absolute', 'w', done)],
                ['open a folder', failure, done => sftp.open('/sub', 'r', done)],
                ['list outside', permissionDenied, done => sftp.opendir('/above', done)],
                ['list a file', failure, done => sftp.opendir('/sub/file', done)],
                ['make what is there', failure, done => sftp.mkdir('/sub', done)],
                ['make outside', permissionDenied, done => sftp.mkdir('/above/x', done)],
                ['remove a full folder', failure, done => sftp.rmdir('/sub', done)],
                ['remove a folder as a file', failure, done => sftp.unlink('/sub', done)],
                ['remove outside', permissionDenied, done => sftp.unlink('/above/secret', done)],
                ['rename onto a file', failure, done => sftp.rename('/inside', '/sub/file', done)],
                ['rename to outside', permissionDenied, done => sftp.rename('/inside', '/above/x', done)],
                ['a link to outside', permissionDenied, done => sftp.symlink('../secret', '/out', done)],
                ['a link to inside', 'ok', done => sftp.symlink('sub/file', '/link', done)],
                ['mode through a link', permissionDenied, done => sftp.chmod('/absolute', 0o777, done)],
                ['giving away', permissionDenied, done => sftp.chown('/sub/file', 1, 1, done)],
                ['closing twice', failure, done => sftp.close(Buffer.from('77'), done)],
                ['the root', failure, done => sftp.mkdir('/', done)],
                ['removing the root', permissionDenied, done => sftp.rmdir('/', done)],
                ['room at the root', 'ok', done => sftp.ext_openssh_statvfs('/', done)],
                ['room outside', permissionDenied, done => sftp.ext_openssh_statvfs('/above', done)],
                [
                    'an extension nobody announced',
                    'Server does not support this extended request',
                    done => {
                        try {
                            sftp.ext_openssh_hardlink('/inside', '/linked', done);
                        } catch (error) {
                            done(error as Error);
                        }
                    }
                ]
            ];
            for (const [description, expected, call] of rows) {
                expect(await status(call), description).to.equal(expected);
            }
            expect(fs.readFileSync(local('secret'), 'utf8')).to.equal('secret');
            expect(fs.readlinkSync(real('link'))).to.equal('sub/file');
            const resolved = await Promise.all(
                ['.', '', '/sub/../x', '/../..'].map(
                    path => new Promise(resolve => sftp.realpath(path, (_error, result) => resolve(result)))
                )
            );
            expect(resolved).to.deep.equal(['/', '/', '/x', '/']);
        });

        it('replaces by posix-rename, as OpenSSH does, but not for a user who may not delete', async () => {
            fs.writeFileSync(real('new'), 'new');
            const keeper = await open('keeper');
            expect(await status(done => keeper.ext_openssh_rename('/new', '/sub/file', done))).to.equal(4);
            expect(await status(done => keeper.ext_openssh_rename('/new', '/newer', done))).to.equal('ok');
            const ana = await open();
            expect(await status(done => ana.ext_openssh_rename('/newer', '/sub/file', done))).to.equal('ok');
            expect(fs.readFileSync(real('sub/file'), 'utf8')).to.equal('new');
        });

        const denied: Array<
            [
                string,
                'reader' | 'dropper',
                (sftp: SFTPWrapper, done: (error?: Error | null) => void) => unknown,
                unknown
            ]
        > = [
            ['list', 'reader', (sftp, done) => sftp.readdir('/sub', done), 'ok'],
            ['read', 'reader', (sftp, done) => sftp.open('/sub/file', 'r', done), 'ok'],
            ['write', 'reader', (sftp, done) => sftp.open('/sub/new', 'w', done), 3],
            ['read and write', 'reader', (sftp, done) => sftp.open('/sub/file', 'r+', done), 3],
            ['append', 'reader', (sftp, done) => sftp.open('/sub/file', 'a', done), 3],
            ['change a mode', 'reader', (sftp, done) => sftp.chmod('/sub/file', 0o600, done), 3],
            ['make a folder', 'reader', (sftp, done) => sftp.mkdir('/new', done), 3],
            ['rename', 'reader', (sftp, done) => sftp.rename('/inside', '/x', done), 3],
            ['remove', 'reader', (sftp, done) => sftp.unlink('/inside', done), 3],
            ['remove a folder', 'reader', (sftp, done) => sftp.rmdir('/sub', done), 3],
            ['link', 'reader', (sftp, done) => sftp.symlink('sub', '/x', done), 3],
            ['list', 'dropper', (sftp, done) => sftp.readdir('/sub', done), 3],
            ['look', 'dropper', (sftp, done) => sftp.stat('/sub/file', done), 3],
            ['read', 'dropper', (sftp, done) => sftp.open('/sub/file', 'r', done), 3],
            ['write', 'dropper', (sftp, done) => sftp.open('/sub/new', 'w', done), 'ok'],
            ['make a folder', 'dropper', (sftp, done) => sftp.mkdir('/new', done), 'ok']
        ];
        for (const [what, user, call, expected] of denied) {
            it(`${expected === 'ok' ? 'lets' : 'does not let'} a ${user} ${what}`, async () => {
                const sftp = await open(user);
                expect(await status(done => call(sftp, done))).to.equal(expected);
            });
        }

        it('lets nobody read through a handle for writing, or write through one for reading', async () => {
            const sftp = await open();
            const handle = (flags: 'r' | 'a'): Promise<Buffer> =>
                new Promise((resolve, reject) =>
                    sftp.open('/sub/file', flags, (error, opened) =>
                        error ? reject(error) : resolve(opened)
                    )
                );
            const [forReading, forWriting] = [await handle('r'), await handle('a')];
            expect(await status(done => sftp.read(forWriting, Buffer.alloc(3), 0, 3, 0, done))).to.equal(3);
            expect(await status(done => sftp.write(forReading, Buffer.from('x'), 0, 1, 0, done))).to.equal(3);
            expect(await status(done => sftp.fsetstat(forReading, { size: 0 } as never, done))).to.equal(3);
            expect(await status(done => sftp.write(forWriting, Buffer.from('!'), 0, 1, 0, done))).to.equal(
                'ok'
            );
            expect(fs.readFileSync(real('sub/file'), 'utf8')).to.equal('content!');
        });

        it('lists a large folder page by page', async () => {
            fs.mkdirSync(real('many'));
            for (let i = 0; i < 1000; i++) {
                fs.writeFileSync(real(`many/${i}`), '');
            }
            const sftp = await open();
            const entries = await new Promise<FileEntryWithStats[]>((resolve, reject) =>
                sftp.readdir('/many', (error, list) => (error ? reject(error) : resolve(list)))
            );
            expect(entries).to.have.length(1000);
            expect(entries[0].attrs.isFile()).to.equal(true);
            expect(entries[0].longname).to.match(/^-rw/);
        });

        it('moves 40 MB in many requests at once, both ways', async () => {
            fs.writeFileSync(local('large'), randomBytes(40_000_003));
            const sftp = await open();
            expect(
                await status(done => sftp.fastPut(local('large'), '/large', { concurrency: 128 }, done))
            ).to.equal('ok');
            expect(hash(real('large'))).to.equal(hash(local('large')));
            expect(
                await status(done => sftp.fastGet('/large', local('large-back'), { concurrency: 128 }, done))
            ).to.equal('ok');
            expect(hash(local('large-back'))).to.equal(hash(local('large')));
        });

        it('bounds open handles, and closes them when the client is gone', async () => {
            const handlesOfServer = (): number => fs.readdirSync(`/proc/${server.pid}/fd`).length;
            const before = handlesOfServer();
            const sftp = await open();
            const outcomes = await Promise.all(
                Array.from({ length: 300 }, () => status(done => sftp.open('/sub/file', 'r', done)))
            );
            expect(outcomes.filter(outcome => outcome === 'ok')).to.have.length(256);
            expect(outcomes.filter(outcome => outcome === 4)).to.have.length(44);
            client!.end();
            await until(() => handlesOfServer() <= before + 2);
        });

        it('holds no more for a client that asks for much and reads nothing', async () => {
            fs.writeFileSync(real('large'), Buffer.alloc(8 << 20));
            client = await server.login();
            const channel = await new Promise<ClientChannel>((resolve, reject) =>
                client!.subsys('sftp', (error, opened) => (error ? reject(error) : resolve(opened)))
            );
            channel.write(Buffer.from('000000050100000003', 'hex'));
            await once(channel, 'data');
            channel.pause();
            const request = (type: number, id: number, ...parts: Buffer[]): Buffer => {
                const head = Buffer.alloc(9);
                head.writeUInt32BE(5 + parts.reduce((sum, part) => sum + part.length, 0));
                head[4] = type;
                head.writeUInt32BE(id, 5);
                return Buffer.concat([head, ...parts]);
            };
            const text = (value: string): Buffer =>
                Buffer.concat([Buffer.from([0, 0, 0, value.length]), Buffer.from(value)]);
            channel.write(request(3, 1, text('/large'), Buffer.from('0000000100000000', 'hex')));
            const read = request(
                5,
                2,
                text('1'),
                Buffer.from('0000000000000000', 'hex'),
                Buffer.from('0003fc00', 'hex')
            );
            const peak = (): number =>
                Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) /
                1024;
            const before = peak();
            // A quarter of a gigabyte of answers is asked for; the channel takes no more when the server stops reading.
            let asked = 0;
            while (asked < 1000 && channel.write(read)) {
                asked += 1;
            }
            await new Promise(resolve => setTimeout(resolve, 1500));
            expect(peak() - before).to.be.lessThan(100);
        });
    });

    it('survives packets that make no sense, in SFTP and in SSH', async () => {
        const random = seededRandom(7);
        const noise = (size: number): Buffer =>
            Buffer.from(Array.from({ length: size }, () => random.nextUint32() & 255));
        client = await server.login();
        for (let round = 0; round < 60; round++) {
            const channel = await new Promise<ClientChannel>((resolve, reject) =>
                client!.subsys('sftp', (error, opened) => (error ? reject(error) : resolve(opened)))
            );
            const closed = once(channel.resume(), 'close');
            channel.on('error', () => undefined);
            if (round % 3 > 0) {
                channel.write(Buffer.from('000000050100000003', 'hex'));
            }
            for (let i = 0; i < 20; i++) {
                const body = noise(1 + (random.nextUint32() % 60));
                body[0] = round % 3 === 1 ? 3 + (random.nextUint32() % 18) : body[0];
                const head = Buffer.alloc(4);
                head.writeUInt32BE(round % 3 === 2 && i === 19 ? 0xffffff : body.length);
                channel.write(Buffer.concat([head, body]));
            }
            channel.end();
            await closed;
        }
        for (let round = 0; round < 20; round++) {
            const socket = connect(server.sshPort, '127.0.0.1').on('error', () => undefined);
            socket.write(round % 2 ? 'SSH-2.0-x\r\n' : '');
            socket.end(noise(500));
            await once(socket.resume(), 'close');
        }
        const sftp = await open();
        expect(await status(done => sftp.stat('/sub/file', done))).to.equal('ok');
    });

    it('serves rclone (needs the package rclone)', async function () {
        if (!hasRclone) {
            this.skip();
        }
        fs.mkdirSync(local('clone/deep/er'), { recursive: true });
        for (let i = 0; i < 50; i++) {
            fs.writeFileSync(local(`clone/deep/${i}.bin`), randomBytes(i * 1000));
        }
        fs.writeFileSync(local('clone/deep/er/big'), randomBytes(20_000_000));
        const key = server.newKey('ecdsa');
        const env = {
            ...process.env,
            RCLONE_CONFIG: local('rclone.conf'),
            RCLONE_CONFIG_TEST_TYPE: 'sftp',
            RCLONE_CONFIG_TEST_HOST: '127.0.0.1',
            RCLONE_CONFIG_TEST_PORT: String(server.sshPort),
            RCLONE_CONFIG_TEST_USER: 'ana',
            RCLONE_CONFIG_TEST_KEY_FILE: key,
            RCLONE_CONFIG_TEST_SHELL_TYPE: 'none'
        };
        const rclone = (...args: string[]): ReturnType<typeof run> => run('rclone', args, '', env);
        expect(await rclone('sync', local('clone'), 'test:clone')).to.include({ code: 0 });
        expect(await rclone('check', '--download', local('clone'), 'test:clone')).to.include({ code: 0 });
        expect(await rclone('moveto', 'test:clone/deep/er/big', 'test:clone/moved')).to.include({ code: 0 });
        expect(hash(real('clone/moved'))).to.equal(hash(local('clone/deep/er/big')));
        expect(await rclone('purge', 'test:clone')).to.include({ code: 0 });
        expect(fs.existsSync(real('clone'))).to.equal(false);
    });
});
