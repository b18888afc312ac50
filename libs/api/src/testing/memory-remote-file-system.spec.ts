import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { describeRemoteFileSystem } from './describe-remote-file-system';
import { MemoryRemoteFileSystem } from './memory-remote-file-system';

const withLinks = { symbolicLinks: true };

describeRemoteFileSystem(
    'in memory',
    async () => {
        const fileSystem = new MemoryRemoteFileSystem(() => 1_000);
        return {
            fileSystem,
            makeLink: async (path, target) => fileSystem.makeLink(path, target),
            dispose: async () => undefined
        };
    },
    withLinks
);

describe('MemoryRemoteFileSystem', () => {
    it('refuses what its capabilities do not grant', async () => {
        const fileSystem = new MemoryRemoteFileSystem(() => 1_000, {
            browse: true,
            read: false,
            write: false,
            makeFolder: false,
            rename: false,
            delete: false
        });
        const attempts = [
            fileSystem.read('/a', 1),
            fileSystem.write('/a', new Uint8Array()),
            fileSystem.makeFolder('/a'),
            fileSystem.rename('/a', '/b'),
            fileSystem.delete('/a', { recursive: true })
        ];
        const outcomes = await Promise.allSettled(attempts);
        for (const outcome of outcomes) {
            expect(outcome.status).to.equal('rejected');
            expect(
                ConnectError.is((outcome as PromiseRejectedResult).reason, 'files.permission-denied')
            ).to.equal(true);
        }
        expect((await fileSystem.list('/', 10)).entries).to.deep.equal([]);
    });
});
