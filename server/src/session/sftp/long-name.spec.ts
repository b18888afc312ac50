import { expect } from 'chai';
import { FileStat } from '@connect/transport/lib/node/file-store';
import { longName, toAttributes } from './long-name';

const NOW = Date.UTC(2026, 5, 15, 12, 0);
const stat: FileStat = {
    kind: 'file',
    sizeBytes: 12345,
    mtimeMs: Date.UTC(2026, 5, 1, 9, 5),
    mtimeNs: 0n,
    mode: 0o640,
    inode: 1n,
    device: 1n,
    uid: 1000,
    gid: 100,
    atimeNs: 0n
};

describe('long names of SFTP', () => {
    it('look as ls -l prints them', () => {
        expect(longName('a b', stat, NOW)).to.equal(
            '-rw-r-----    1 1000     100             12345 Jun  1 09:05 a b'
        );
        const old = { ...stat, kind: 'directory', mode: 0o755, mtimeMs: Date.UTC(2020, 11, 24) } as const;
        expect(longName('d', old, NOW)).to.equal(
            'drwxr-xr-x    1 1000     100             12345 Dec 24  2020 d'
        );
    });

    it('go with attributes whose times fit 32 bits without a sign', () => {
        expect(toAttributes({ ...stat, mtimeMs: -1, atimeNs: 10n ** 21n })).to.include({
            mode: 0o100640,
            mtimeSec: 0,
            atimeSec: 0xffffffff
        });
        expect(toAttributes({ ...stat, kind: 'symlink' }).mode).to.equal(0o120640);
    });
});
