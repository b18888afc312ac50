import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { ASCP_OPTIONS } from './ascp-options';
import { CommandContext, CommandLine, parseCommandLine, TransferCommand } from './options';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const files: Record<string, string> = {
    list: 'one\n/two words\n\nthree\n',
    pairs: 'a\nx/renamed\nb\n/y\n',
    odd: 'a\nb\nc\n'
};
const context: CommandContext = {
    folder: '/work/here',
    localUser: 'me',
    nowSeconds: 1_000_000.5,
    readFile: path => {
        const text = files[path];
        if (text === undefined) {
            throw new Error('no such file');
        }
        return Buffer.from(text);
    }
};
const parse = (line: string): CommandLine => parseCommandLine(line.split(' ').filter(Boolean), context);
const transfer = (line: string): TransferCommand => {
    const command = parse(line);
    if (command.kind !== 'transfer') {
        throw new Error(command.kind);
    }
    return command;
};
const HOST = '--mode=send --host=h --user=u';

describe('command line', () => {
    it('takes what clients of ascp write', () => {
        const line =
            '-q -l 300M -m 50M --policy fixed -P 2222 -O 33002 -k2 --overwrite=diff+older -d -M 4711 -c aes256 ' +
            '--symbolic-links=skip --check-sshfp SHA256:abc --partial-file-suffix=.part --resume-suffix .ck ' +
            `-Z 1400 --tags64 ${base64('{"a":1}')} --retry-timeout 30 ${HOST} a /b dest/`;
        const command = transfer(line);
        expect(command).to.deep.include({
            direction: 'upload',
            host: 'h',
            user: 'u',
            sshPort: 2222,
            udpPort: 33002,
            destination: 'dest/',
            cipher: 'aes-256-gcm',
            datagramBytes: 1400,
            managementPort: 4711,
            tags: '{"a":1}',
            quiet: true,
            fingerprint: 'SHA256:abc',
            retryTimeoutMs: 30_000
        });
        expect(command.sources).to.deep.equal([{ path: '/work/here/a' }, { path: '/b' }]);
        expect(command.rate).to.deep.equal({ targetBps: 300e6, minBps: 50e6, policy: 'fixed' });
        expect(command.options).to.deep.equal({
            overwrite: 'diff+older',
            resume: 'sparse-checksum',
            symlinks: 'skip',
            createDestination: true,
            partialSuffix: '.part',
            resumeSuffix: '.ck'
        });
    });

    it('has the defaults of the manual', () => {
        expect(transfer(`${HOST} a b`)).to.deep.include({
            sshPort: 33001,
            cipher: 'aes-128-gcm',
            retryTimeoutMs: 0
        });
        expect(transfer(`${HOST} a b`).rate).to.deep.equal({ targetBps: 10e6, minBps: 1, policy: 'fixed' });
        expect(transfer(`${HOST} a b`).options).to.deep.include({ overwrite: 'diff', resume: 'attributes' });
    });

    it('reads hosts from paths, as scp does', () => {
        expect(transfer('a b ana@h.example:up/')).to.deep.include({
            direction: 'upload',
            host: 'h.example',
            user: 'ana',
            destination: 'up/'
        });
        const down = transfer('h:/a h:b .');
        expect(down).to.deep.include({
            direction: 'download',
            host: 'h',
            user: 'me',
            destination: '/work/here'
        });
        expect(down.sources).to.deep.equal([{ path: '/a' }, { path: 'b' }]);
        expect(transfer('a [fe80::1]:').host).to.equal('fe80::1');
        expect(transfer('./a:b h:c').sources).to.deep.equal([{ path: '/work/here/a:b' }]);
    });

    it('keeps the slash that makes a local destination a folder', () => {
        expect(transfer('h:a new/').destination).to.equal('/work/here/new/');
        expect(transfer('h:a /').destination).to.equal('/');
    });

    it('reads lists, pairs, prefixes and base64', () => {
        expect(transfer(`${HOST} --file-list list dest`).sources.map(source => source.path)).to.deep.equal([
            '/work/here/one',
            '/two words',
            '/work/here/three'
        ]);
        expect(transfer(`${HOST} --file-pair-list pairs dest`).sources).to.deep.equal([
            { path: '/work/here/a', target: 'x/renamed' },
            { path: '/work/here/b', target: 'y' }
        ]);
        const coded = transfer(
            `${HOST} --dest64 --source-prefix64 ${base64('/p q')} a ${base64('to here/')}`
        );
        expect(coded).to.deep.include({ destination: 'to here/' });
        expect(coded.sources).to.deep.equal([{ path: '/p q/a' }]);
        expect(transfer(`${HOST} --src-base64 ${base64('/data')} /data/x y`).options.sourceBase).to.equal(
            '/data'
        );
    });

    it('knows its other purposes', () => {
        expect(parse('--server')).to.deep.equal({ kind: 'server' });
        expect(parse('-A')).to.deep.equal({ kind: 'version' });
        expect(parse('--man')).to.deep.equal({ kind: 'manual' });
        const help = parse('--help');
        expect(help.kind === 'help' && help.text).to.match(/--file-pair-list/);
    });

    it('reads filters in their order, and times as ascp does', () => {
        const line = '-E *.tmp --include=keep.* --exclude=/a/ -N x';
        const times = '--exclude-newer-than -3600 --exclude-older-than=5000 --skip-special-files';
        expect(transfer(`${line} ${times} ${HOST} a b`).options.selection).to.deep.equal({
            filters: [
                { include: false, pattern: '*.tmp' },
                { include: true, pattern: 'keep.*' },
                { include: false, pattern: '/a/' },
                { include: true, pattern: 'x' }
            ],
            newestSeconds: 996_400,
            oldestSeconds: 5000,
            skipSpecial: true
        });
        expect(transfer(`--exclude-newer-than=-0 ${HOST} a b`).options.selection).to.deep.equal({
            filters: [],
            newestSeconds: 1_000_000,
            skipSpecial: false
        });
        // nothing is kept from the line before
        expect(transfer(`${HOST} a b`).options).not.to.have.any.keys('selection', 'removal');
    });

    it('knows what to remove', () => {
        expect(transfer(`--remove-after-transfer ${HOST} a b`).options.removal).to.deep.equal({
            files: true,
            emptyFolders: false,
            sourceFolders: false
        });
        const all = '--remove-after-transfer --remove-empty-directories --remove-empty-source-directory';
        expect(transfer(`${all} ${HOST} a b`).options.removal).to.deep.equal({
            files: true,
            emptyFolders: true,
            sourceFolders: true
        });
    });

    it('accepts what scripts for ascp hold and is not needed here', () => {
        const line =
            '-v -DD -6 -g 1M -G 1M -X 100 -K 1 -Y key -I cert -j 0 --precalculate-job-size ' +
            '--preserve-modification-time --preserve-acls=none --file-checksum=none';
        expect(transfer(`${line} ${HOST} a b`)).to.deep.equal(transfer(`${HOST} a b`));
        const words = transfer(`-u nightly -L /logs:10M --tags {"a":1} -c aes256gcm ${HOST} a b`);
        expect(words).to.include({
            userString: 'nightly',
            logDirectory: '/logs',
            tags: '{"a":1}',
            cipher: 'aes-256-gcm'
        });
    });

    it('knows what to keep', () => {
        for (const option of ['-p', '--preserve-times', '--preserve-access-time']) {
            expect(transfer(`${option} ${HOST} a b`).options.keep).to.deep.equal({ accessTime: true });
        }
        const others = '--preserve-source-access-time --preserve-file-owner-uid --preserve-file-owner-gid';
        expect(transfer(`${others} ${HOST} a b`).options.keep).to.deep.equal({
            sourceAccessTime: true,
            owner: true,
            group: true
        });
        expect(transfer(`${HOST} a b`).options).not.to.have.any.keys('keep');
    });

    it('refuses what ascp can and it cannot, and says what to do', () => {
        for (const option of ASCP_OPTIONS.filter(({ here }) => here === 'refused')) {
            const [flags, value] = option.flags.split(' ').slice(-2);
            const given = option.flags.includes('<') ? `${flags} value` : option.flags;
            const name = option.flags.split(/[ ,]/)[0]!;
            expect(value ?? '', option.flags).to.match(/^$|^</);
            expect(() => parse(`${given} ${HOST} a b`), given)
                .to.throw(ConnectError, `${name}: `)
                .with.property('code', 'usage');
        }
        expect(() => parse(`-W secret ${HOST} a b`)).to.throw(/ASPERA_SCP_TOKEN/);
    });

    const wrong: ReadonlyArray<readonly [string, string, RegExp]> = [
        ['nothing', '', /source/],
        ['no destination', `${HOST} a`, /source/],
        ['no server', 'a b', /--host/],
        ['a host without a direction', '--host=h a b', /--mode/],
        ['two servers', 'h:a i:b c', /same server/],
        ['local and remote sources', 'h:a b c', /one server/],
        ['server to server', 'h:a i:b', /one server/],
        ['a direction that the paths deny', '--mode=recv a h:b', /server/],
        ['an unknown option', `${HOST} --nonsense a b`, /--nonsense/],
        ['an unknown policy', `${HOST} --policy=wild a b`, /wild/],
        ['a rate of zero', `${HOST} -l 0 a b`, /-l/],
        ['a minimum above the target', `${HOST} -l 1M -m 2M a b`, /-m/],
        ['no rate at all', `${HOST} -l fast a b`, /fast/],
        ['a port out of range', `${HOST} -P 70000 a b`, /-P/],
        ['datagrams too large', `${HOST} -Z 60000 a b`, /-Z/],
        ['switching encryption off', `${HOST} -T a b`, /-T/],
        ['names beside others by several sessions', `${HOST} --sessions 2 --overwrite=rename a b`, /rename/],
        ['two lists', `${HOST} --file-list list --file-pair-list pairs d`, /exclude/],
        ['a list that is not there', `${HOST} --file-list nowhere d`, /no such file/],
        ['half a pair', `${HOST} --file-pair-list odd d`, /target/],
        ['broken base64', `${HOST} --dest64 a !!!`, /base64/],
        ['tags that are no JSON', `${HOST} --tags64 ${base64('{')} a b`, /JSON/],
        ['a time that is none', `${HOST} --exclude-newer-than yesterday a b`, /yesterday/],
        ['an empty pattern', `${HOST} --exclude= a b`, /pattern/],
        ['a pattern that is too long', `${HOST} -E ${'a'.repeat(1025)} a b`, /1024/],
        ['too many patterns', `${HOST} ${'-E x '.repeat(257)} a b`, /256/],
        ['removal of sources alone', `${HOST} --remove-empty-source-directory a b`, /needs/],
        [
            'removal by several sessions',
            `${HOST} --sessions 2 --remove-after-transfer a b`,
            /several sessions/i
        ],
        ['tags twice', `${HOST} --tags {} --tags64 ${base64('{}')} a b`, /exclude/],
        ['a suffix with a slash', `${HOST} --resume-suffix=/x a b`, /suffix/]
    ];
    for (const [description, line, message] of wrong) {
        it(`refuses ${description}`, () => {
            let failure: unknown;
            try {
                parse(line);
            } catch (error) {
                failure = error;
            }
            expect(ConnectError.is(failure, 'usage'), String(failure)).to.equal(true);
            expect((failure as ConnectError).message).to.match(message);
        });
    }
});
