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

describe('start request', () => {
    it('is taken when it is whole', () => {
        expect(checkStartParams(upload)).to.deep.equal(upload);
        const { destination: _none, ...expected } = download;
        expect(checkStartParams(download)).to.deep.equal(expected);
    });

    it('is stripped of what does not belong to it', () => {
        expect(checkStartParams({ ...upload, rootDir: '/etc' })).not.to.have.property('rootDir');
        expect(
            checkStartParams({ ...upload, options: { ...options, evil: 1 } }).options
        ).not.to.have.property('evil');
    });

    const wrong: ReadonlyArray<readonly [string, unknown]> = [
        ['nothing', undefined],
        ['text', 'start'],
        ['another version', { ...upload, protocol: 2 }],
        ['an unknown direction', { ...upload, direction: 'sideways' }],
        ['an unknown cipher', { ...upload, cipher: 'none' }],
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
