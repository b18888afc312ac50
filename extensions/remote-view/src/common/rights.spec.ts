import { expect } from 'chai';
import { allNotGranted, notGranted } from './rights';

const ALL = { browse: true, read: true, write: true, makeFolder: true, rename: true, delete: true };

describe('rights', () => {
    it('are named as people name them', () => {
        expect(notGranted('write')).to.equal('The server does not grant “upload” to this account.');
    });

    it('are told together when they are missing, and not at all when none is', () => {
        expect(allNotGranted({ ...ALL, delete: false, read: false })).to.equal(
            'Not granted by the server: download, delete.'
        );
        expect(allNotGranted(ALL)).to.equal(undefined);
    });
});
