import { expect } from 'chai';
import { ConnectError } from '@connect/base';
import { addressOf } from './multi-command';
import { parseCommandLine, TransferCommand } from './options';

const parse = (...args: string[]): TransferCommand =>
    parseCommandLine(['--mode=send', '--user', 'u', ...args, '/a', '/b'], {
        folder: '/here',
        localUser: 'me',
        nowSeconds: 0,
        readFile: () => Buffer.alloc(0)
    }) as TransferCommand;

describe('options of several sessions', () => {
    it('are not there when one session is asked for', () => {
        expect(parse('--host', 'h').multi).to.equal(undefined);
        expect(parse('--host', 'h', '--sessions', '1').multi).to.equal(undefined);
        expect(parse('--host', 'h', '-C', '1:1').multi).to.equal(undefined);
    });

    it('name a count, a threshold and an interval', () => {
        expect(parse('--host', 'h', '--sessions', '3').multi).to.deep.equal({
            sessions: 3,
            thresholdBytes: 60_000_000,
            intervalMs: 1000
        });
        const more = ['--multi-session-threshold', '0', '--multi-session-interval', '0.5'];
        expect(parse('--host', 'h', '-C', '2:4', ...more).multi).to.deep.equal({
            sessions: 4,
            number: 2,
            intervalMs: 500
        });
    });

    it('let the sessions take the addresses in turn, each with its fingerprint', () => {
        const command = parse('--host', 'a:7,[::1]:8', '--host', 'c', '--check-sshfp', 'X,Y,Z', '-P', '22');
        expect([1, 2, 3, 4].map(session => addressOf(command, session))).to.deep.equal([
            { host: 'a', port: 7, fingerprint: 'X' },
            { host: '::1', port: 8, fingerprint: 'Y' },
            { host: 'c', port: 22, fingerprint: 'Z' },
            { host: 'a', port: 7, fingerprint: 'X' }
        ]);
        expect(parse('--host', 'fe80::1').addresses).to.deep.equal([{ host: 'fe80::1' }]);
    });

    const wrong: ReadonlyArray<readonly string[]> = [
        ['-C', '0:3'],
        ['-C', '4:3'],
        ['-C', '2'],
        ['-C', '1:1000'],
        ['--sessions', '0'],
        ['--sessions', '2', '-C', '1:2'],
        ['--sessions', '2', '--overwrite', 'rename'],
        ['--sessions', '2', '--overwrite', 'resume'],
        ['--sessions', '2', '--multi-session-threshold', '60M'],
        ['--sessions', '2', '--multi-session-interval', '-1']
    ];
    for (const args of wrong) {
        it(`are refused as ${args.join(' ')}`, () => {
            expect(() => parse('--host', 'h', ...args))
                .to.throw(ConnectError)
                .with.property('code', 'usage');
        });
    }
});
