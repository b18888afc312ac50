import { describeRemoteFileSystem } from '@connect/api/lib/testing/describe-remote-file-system';
import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { MemoryFiles } from './memory-files';

describeRemoteFileSystem('sample memory server', async () => ({
    fileSystem: new MemoryFiles(() => 1_000, 1e6),
    dispose: async () => undefined
}));

describe('MemoryFiles', () => {
    it('holds as much as it was given, and gets room back', async () => {
        const files = new MemoryFiles(() => 1_000, 10);
        await files.write('/a', new Uint8Array(8));
        const full = await files.write('/b', new Uint8Array(3)).catch((error: unknown) => error);
        expect(ConnectError.is(full, 'files.failed')).to.equal(true);
        const fullToo = await files.append('/a', new Uint8Array(3)).catch((error: unknown) => error);
        expect(ConnectError.is(fullToo, 'transfer.no-space')).to.equal(true);
        await files.write('/a', new Uint8Array(7));
        await files.write('/b', new Uint8Array(3));
        expect(await files.names('/')).to.deep.equal(['a', 'b']);
    });
});
