import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { checkDone, checkStartParams } from './start-params';

const rate = { targetBps: 300e6, minBps: 1, policy: 'fixed' };
const options = {
    overwrite: 'diff',
    resume: 'attributes',
    symlinks: 'follow',
    createDestination: false,
    partialSuffix: '.partial',
    resumeSuffix: '.aspera-ckpt'
};
const upload = {
    protocol: 1,
    software: 'test',
    direction: 'upload',
    cipher: 'aes-128-gcm',
    hash: 'blake3',
    maxPlaintextBytes: 1432,
    destination: '/a',
    options,
    rate
};
const download = {
    ...upload,
    direction: 'download',
    destination: undefined,
    sources: [{ path: 'a', target: 'b' }]
};

const withSelection = (selection: unknown): unknown => ({ ...download, options: { ...options, selection } });
const filter = (pattern: string): unknown => ({ include: false, pattern });

describe('start request', () => {
    it('is taken when it is whole', () => {
        expect(checkStartParams(upload)).to.deep.equal(upload);
        const { destination: _none, ...expected } = download;
        expect(checkStartParams(download)).to.deep.equal(expected);
    });

    it('means SHA-256 when it names no hash, and leaves out those it cannot know', () => {
        expect(checkStartParams({ ...upload, hash: undefined }).hash).to.equal('sha256');
        const hashes = ['blake4', 'sha256', 7, 'blake3'];
        expect(checkStartParams({ ...upload, hashes }).hashes).to.deep.equal(['sha256', 'blake3']);
    });

    it('is stripped of what does not belong to it', () => {
        expect(checkStartParams({ ...upload, rootDir: '/etc' })).not.to.have.property('rootDir');
        expect(
            checkStartParams({ ...upload, options: { ...options, evil: 1 } }).options
        ).not.to.have.property('evil');
    });

    it('keeps what is asked about sources', () => {
        const selection = {
            filters: [{ include: false, pattern: '*.tmp' }],
            newestSeconds: -5,
            oldestSeconds: 7,
            skipSpecial: true
        };
        const removal = { files: true, emptyFolders: false, sourceFolders: false };
        const keep = { accessTime: true, owner: true };
        const asked = { ...download, options: { ...options, selection, removal, keep } };
        expect(checkStartParams(asked).options).to.deep.include({ selection, removal, keep });
        const odd = {
            ...download,
            options: { ...options, keep: { group: 'yes', owner: true, other: true } }
        };
        expect(checkStartParams(odd).options.keep).to.deep.equal({ owner: true });
        const loose = { filters: [{ include: true, pattern: 'a', more: 1 }], skipSpecial: 'yes' };
        expect(checkStartParams(withSelection(loose)).options.selection).to.deep.equal({
            filters: [{ include: true, pattern: 'a' }],
            skipSpecial: false
        });
    });

    const wrong: ReadonlyArray<readonly [string, unknown]> = [
        ['nothing', undefined],
        ['text', 'start'],
        ['another version', { ...upload, protocol: 2 }],
        ['an unknown direction', { ...upload, direction: 'sideways' }],
        ['an unknown cipher', { ...upload, cipher: 'none' }],
        ['an unknown hash', { ...upload, hash: 'md5' }],
        ['hashes that are no list', { ...upload, hashes: 'blake3' }],
        ['datagrams too small', { ...upload, maxPlaintextBytes: 10 }],
        ['datagrams of a fraction', { ...upload, maxPlaintextBytes: 1000.5 }],
        ['no destination', { ...upload, destination: undefined }],
        ['an empty destination', { ...upload, destination: '' }],
        ['NUL in a path', { ...upload, destination: 'a\0b' }],
        ['no sources', { ...download, sources: [] }],
        ['a source that is no object', { ...download, sources: ['a'] }],
        ['no options', { ...upload, options: undefined }],
        ['an unknown overwrite rule', { ...upload, options: { ...options, overwrite: 'maybe' } }],
        ['a suffix that is a path', { ...upload, options: { ...options, partialSuffix: '/../x' } }],
        ['a selection that is no object', withSelection('all')],
        ['what to keep that is no object', { ...download, options: { ...options, keep: 'all' } }],
        ['filters that are no list', withSelection({ filters: {} })],
        ['too many filters', withSelection({ filters: Array(257).fill(filter('a')) })],
        ['filters that are too long', withSelection({ filters: Array(17).fill(filter('a'.repeat(1000))) })],
        ['one filter that is too long', withSelection({ filters: [filter('a'.repeat(1025))] })],
        ['an empty filter', withSelection({ filters: [filter('')] })],
        ['a filter that neither includes nor excludes', withSelection({ filters: [{ pattern: 'a' }] })],
        ['a filter that is a number', withSelection({ filters: [{ include: true, pattern: 5 }] })],
        ['a time beyond all', withSelection({ filters: [], newestSeconds: 1e300 })],
        ['a time of fractions', withSelection({ filters: [], oldestSeconds: 0.5 })],
        ['a removal that is no object', { ...download, options: { ...options, removal: true } }],
        ['a rate of NaN', { ...upload, rate: { ...rate, targetBps: NaN } }],
        ['a rate of nothing', { ...upload, rate: { ...rate, targetBps: 0 } }],
        ['a minimum above the target', { ...upload, rate: { ...rate, minBps: 400e6 } }]
    ];
    for (const [description, value] of wrong) {
        it(`is refused with ${description}`, () => {
            expect(() => checkStartParams(value))
                .to.throw(ConnectError)
                .with.property('code', 'transfer.protocol');
        });
    }
});

describe('done message', () => {
    const done = { filesDone: 1, filesFailed: 0, bytesDone: 5 };

    it('is taken when it is whole, an unknown error as one that is known', () => {
        expect(checkDone({ ...done, more: 1 })).to.deep.equal(done);
        const error = { code: 'transfer.some-files-failed', message: 'm' };
        expect(checkDone({ ...done, error }).error).to.include(error);
        expect(checkDone({ ...done, error: { code: 'odd', message: 'm' } }).error).to.include({
            code: 'internal'
        });
    });

    for (const wrong of [
        undefined,
        { ...done, filesDone: -1 },
        { ...done, error: 'e' },
        { ...done, error: {} }
    ]) {
        it(`is refused as ${JSON.stringify(wrong)}`, () => {
            expect(() => checkDone(wrong)).to.throw(ConnectError);
        });
    }
});
