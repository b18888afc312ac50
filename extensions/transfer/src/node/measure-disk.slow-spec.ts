import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { measureDisk } from './measure-disk';

describe('room on a disk', () => {
    let folder: string;
    beforeEach(() => {
        folder = fs.mkdtempSync(path.join(tmpdir(), 'connect-measure-disk-'));
    });
    afterEach(() => fs.rmSync(folder, { recursive: true }));

    it('is that of the file system that the folder is on', async () => {
        const { freeBytes, totalBytes } = await measureDisk(folder);
        const { blocks, bsize } = fs.statfsSync(folder);
        expect(totalBytes).to.equal(blocks * bsize);
        expect(freeBytes).to.be.within(0, totalBytes);
    });

    it('is that of the nearest folder above one that is not there yet', async () => {
        const { totalBytes } = await measureDisk(path.join(folder, 'not', 'yet', 'there'));
        expect(totalBytes).to.equal((await measureDisk(folder)).totalBytes);
    });

    it('cannot be told of what is no folder', async () => {
        const file = path.join(folder, 'file');
        fs.writeFileSync(file, '');
        const error = await measureDisk(path.join(file, 'below')).catch((thrown: unknown) => thrown);
        expect(error).to.have.property('code', 'ENOTDIR');
    });
});
