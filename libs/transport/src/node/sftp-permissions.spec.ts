import { expect } from 'chai';
import * as fc from 'fast-check';
import { formatPermissions, parsePermissions } from './sftp-permissions';

const ALL = { browse: true, download: true, upload: true, mkdir: true, rename: true, delete: true };
const NONE = { browse: false, download: false, upload: false, mkdir: false, rename: false, delete: false };

describe('permissions@connect', () => {
    it('has the text that its document gives', () => {
        expect(formatPermissions(ALL)).to.equal('browse,download,upload,mkdir,rename,delete');
        expect(formatPermissions({ ...NONE, download: true, browse: true })).to.equal('browse,download');
        expect(formatPermissions(NONE)).to.equal('');
    });

    it('reads what it writes, whatever is granted', () => {
        const some = fc.record(
            Object.fromEntries(Object.keys(ALL).map(name => [name, fc.boolean()])) as Record<
                keyof typeof ALL,
                fc.Arbitrary<boolean>
            >
        );
        fc.assert(
            fc.property(some, permissions => {
                expect(parsePermissions(formatPermissions(permissions))).to.deep.equal(permissions);
            })
        );
    });

    it('allows everything where the server does not tell', () => {
        expect(parsePermissions(undefined)).to.deep.equal(ALL);
    });

    it('passes over names that it does not know', () => {
        expect(parsePermissions('share,delete,constructor')).to.deep.equal({ ...NONE, delete: true });
    });
});
