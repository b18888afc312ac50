import { ConnectError } from '@connect/base';
import { expect } from 'chai';
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
