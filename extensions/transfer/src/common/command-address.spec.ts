import { ConnectError } from '@connect/base';
import type { Account } from '@connect/security/lib/common/account-protocol';
import { remoteUri } from '@connect/security/lib/common/remote-uri';
import { expect } from 'chai';
import {
    accountsOfServer,
    findAccount,
    parseAddress,
    showAddress,
    type CommandAddress
} from './command-address';

const account = (id: string, name: string, settings: Record<string, string> = {}): Account => ({
    id,
    name,
    typeId: 't',
    settings
});
const local = (path: string): CommandAddress => ({ kind: 'local', path });
const on = (name: string, path: string): CommandAddress => ({ kind: 'account', account: name, path });

describe('places on the command line', () => {
    const read: Array<[string, CommandAddress]> = [
        ['film.mov', local('film.mov')],
        ['/data/a:b/c', local('/data/a:b/c')],
        ['./a:/b', local('./a:/b')],
        ['a:b', local('a:b')],
        ['file:///a%20b', local('/a b')],
        ['Demo server:/in/a b', on('Demo server', '/in/a b')],
        ['Büro:/ä', on('Büro', '/ä')],
        ['c:/x', on('c', '/x')],
        ['connect://demo/a%20b', on('demo', '/a b')],
        [remoteUri('demo', '/a\\b:'), on('demo', '/a\\b:')],
        [
            'ssh://h',
            { kind: 'server', server: { host: 'h', user: undefined, sshPort: undefined }, path: '/' }
        ],
        [
            'ssh://ana@media.example.com:2222/out/film (1).mov',
            {
                kind: 'server',
                server: { host: 'media.example.com', user: 'ana', sshPort: 2222 },
                path: '/out/film (1).mov'
            }
        ],
        [
            'ssh://ana@[::1]:22/x',
            { kind: 'server', server: { host: '::1', user: 'ana', sshPort: 22 }, path: '/x' }
        ]
    ];
    for (const [text, address] of read) {
        it(`reads ${text}`, () => expect(parseAddress(text, false)).to.deep.equal(address));
    }

    it('knows drives on Windows', () => {
        expect(parseAddress('c:/x', true)).to.deep.equal(local('c:/x'));
        expect(parseAddress('cd:/x', true)).to.deep.equal(on('cd', '/x'));
    });

    for (const text of [
        '',
        'http://h/x',
        'ssh://ana:secret@h/x',
        'ssh://h:0/x',
        'ssh://h:70000/',
        'ssh://',
        'file://other/x'
    ]) {
        it(`refuses “${text}”`, () =>
            expect(() => parseAddress(text, false))
                .to.throw(ConnectError)
                .with.property('code', 'usage'));
    }

    it('does not repeat a password that was typed into an address', () => {
        expect(() => parseAddress('ssh://ana:secret@h/x', false))
            .to.throw()
            .with.property('message')
            .not.contain('secret');
    });

    it('finds accounts by id, by name, and by name in other letters when only one fits', () => {
        const accounts = [
            account('a1', 'Media'),
            account('b2', 'media'),
            account('c3', 'Archive'),
            account('d4', 'a1')
        ];
        expect(findAccount(accounts, 'a1').id).to.equal('a1');
        expect(findAccount(accounts, 'media').id).to.equal('b2');
        expect(findAccount(accounts, 'ARCHIVE').id).to.equal('c3');
        expect(() => findAccount(accounts, 'MEDIA'))
            .to.throw()
            .with.property('code', 'usage');
        expect(() => findAccount(accounts, 'none'))
            .to.throw()
            .with.property('code', 'security.account-unknown');
    });

    it('finds the accounts of a server by what the address names', () => {
        const accounts = [
            account('a', 'A', { host: 'H.example', user: 'ana', sshPort: '33001' }),
            account('b', 'B', { host: 'h.example', user: 'bob', sshPort: '22' }),
            account('c', 'C', {})
        ];
        const ids = (server: Parameters<typeof accountsOfServer>[1]): string =>
            accountsOfServer(accounts, server)
                .map(({ id }) => id)
                .join('');
        expect(ids({ host: 'h.example' })).to.equal('ab');
        expect(ids({ host: 'h.example', user: 'ana' })).to.equal('a');
        expect(ids({ host: 'h.example', sshPort: 22 })).to.equal('b');
        expect(ids({ host: 'h.example', user: 'ana', sshPort: 22 })).to.equal('');
    });

    it('shows what it reads', () => {
        const names = new Map([['demo', 'Demo server']]);
        for (const path of ['/', '/in/a b', '/é:x']) {
            const shown = showAddress(remoteUri('demo', path), names, false);
            expect(parseAddress(shown, false)).to.deep.equal(on('Demo server', path));
        }
        expect(showAddress('file:///a%20b', names, false)).to.equal('/a b');
    });
});
