import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { SessionOptions, TransferParams } from './control-protocol';
import { SessionPermissions } from './session-launch';
import { checkPermission, checkSourceRules } from './transfer-permission';

const removal = { files: true, emptyFolders: false, sourceFolders: false };
const selection = { filters: [], skipSpecial: true };
const plain: SessionOptions = {
    overwrite: 'diff',
    resume: 'attributes',
    symlinks: 'follow',
    createDestination: false,
    partialSuffix: '.p',
    resumeSuffix: '.r'
};
const params = (more: Partial<TransferParams>): TransferParams => ({
    protocol: 1,
    software: 's',
    direction: 'download',
    options: plain,
    rate: { targetBps: 1, minBps: 1, policy: 'fixed' },
    ...more
});
const all: SessionPermissions = { upload: true, download: true, delete: true, owner: false };
const outcome = (work: () => void): string => {
    try {
        work();
        return 'allowed';
    } catch (error) {
        return ConnectError.from(error).code;
    }
};

describe('what a session may', () => {
    const removing = { options: { ...plain, removal } };
    const table: ReadonlyArray<
        readonly [string, Partial<TransferParams>, SessionPermissions | undefined, string]
    > = [
        ['a download', {}, { ...all, upload: false, delete: false }, 'allowed'],
        ['a download that is not granted', {}, { ...all, download: false }, 'transfer.direction-forbidden'],
        [
            'an upload that is not granted',
            { direction: 'upload' },
            { ...all, upload: false },
            'transfer.direction-forbidden'
        ],
        ['removing', removing, all, 'allowed'],
        ['removing without being granted it', removing, { ...all, delete: false }, 'files.permission-denied'],
        [
            'removing at its own side',
            { ...removing, direction: 'upload' },
            { ...all, delete: false },
            'allowed'
        ],
        ['removing as a plain login', removing, undefined, 'allowed'],
        ['removing by several sessions', { ...removing, requested: true }, all, 'not-supported']
    ];
    for (const [what, more, permissions, expected] of table) {
        it(`${what}: ${expected}`, () => {
            expect(outcome(() => checkPermission(params(more), permissions))).to.equal(expected);
        });
    }

    it('is not asked of a server that does not know of it', () => {
        const old = { permissions: { upload: true, download: true } as SessionPermissions };
        const asking = { ...plain, selection };
        expect(outcome(() => checkSourceRules('download', asking, old))).to.equal('not-supported');
        expect(outcome(() => checkSourceRules('download', { ...plain, removal }, undefined))).to.equal(
            'not-supported'
        );
        for (const direction of ['upload', 'download'] as const) {
            const keeping = { ...plain, keep: { accessTime: true } };
            expect(outcome(() => checkSourceRules(direction, keeping, old))).to.equal('not-supported');
            expect(outcome(() => checkSourceRules(direction, keeping, { ...old, keeps: true }))).to.equal(
                'allowed'
            );
        }
        expect(outcome(() => checkSourceRules('download', plain, old))).to.equal('allowed');
        expect(outcome(() => checkSourceRules('upload', asking, old))).to.equal('allowed');
        expect(outcome(() => checkSourceRules('download', asking, { permissions: all }))).to.equal('allowed');
    });
});
