import { fsPath } from '@connect/base';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { DiskSpace } from '../common/disk-space';

/** Room on the disk of a folder, or of the nearest one above it that is there. @param folder absolute */
export async function measureDisk(folder: string): Promise<DiskSpace> {
    try {
        const { bavail, blocks, bsize } = await fs.promises.statfs(fsPath(folder));
        return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
    } catch (error) {
        const above = path.dirname(folder);
        if ((error as NodeJS.ErrnoException).code === 'ENOENT' && above !== folder) {
            return measureDisk(above);
        }
        throw error;
    }
}
