import { createHash } from 'crypto';
import { expect } from 'chai';
import { FileDigest } from './file-digest';

const sha256 = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();

describe('FileDigest', () => {
    const CHUNK = 65_536;

    it('is the SHA-256 of a file of one chunk, and of an empty one', () => {
        const digest = new FileDigest(3, CHUNK, 'sha256');
        expect(digest.text).to.equal(undefined);
        digest.add(0, sha256(Buffer.from('abc')));
        expect(digest.text).to.equal('sha256:' + sha256(Buffer.from('abc')).toString('hex'));
        expect(new FileDigest(0, CHUNK, 'sha256').text).to.equal(
            'sha256:' + sha256(Buffer.alloc(0)).toString('hex')
        );
    });

    it('is the SHA-256 of the hashes of the chunks of a larger one, in whatever order they come', () => {
        const content = Buffer.alloc(2 * CHUNK + 5, 'x');
        const hashes = [0, 1, 2].map(i => sha256(content.subarray(i * CHUNK, (i + 1) * CHUNK)));
        const digest = new FileDigest(content.length, CHUNK, 'sha256');
        digest.add(2, hashes[2]!);
        digest.add(0, hashes[0]!);
        expect(digest.text).to.equal(undefined);
        digest.add(1, hashes[1]!);
        expect(digest.text).to.equal('sha256:' + sha256(Buffer.concat(hashes)).toString('hex'));
    });

    it('is made of the hashes of pieces, which are told together', () => {
        const content = Buffer.alloc(4 * CHUNK + 5, 'y');
        const [whole, first, second] = [content.length, 2 * CHUNK, 2 * CHUNK + 5].map(
            sizeBytes => new FileDigest(sizeBytes, CHUNK, 'sha256')
        ) as [FileDigest, FileDigest, FileDigest];
        const expected = new FileDigest(content.length, CHUNK, 'sha256');
        expect(second.chunkHashes).to.equal(undefined);
        for (let i = 0; i < 5; i++) {
            const hash = sha256(content.subarray(i * CHUNK, (i + 1) * CHUNK));
            expected.add(i, hash);
            (i < 2 ? first : second).add(i < 2 ? i : i - 2, hash);
        }
        whole.addRun(2, second.chunkHashes!);
        expect(whole.text).to.equal(undefined);
        whole.addRun(0, first.chunkHashes!);
        expect(whole.text).to.equal(expected.text);
    });

    it('knows the hashes of holes', () => {
        const content = Buffer.alloc(3 * CHUNK + 7);
        const hashes = [0, 1, 2, 3].map(i => sha256(content.subarray(i * CHUNK, (i + 1) * CHUNK)));
        const digest = new FileDigest(content.length, CHUNK, 'sha256');
        digest.addZeros(1, 4);
        digest.add(0, hashes[0]!);
        expect(digest.text).to.equal('sha256:' + sha256(Buffer.concat(hashes)).toString('hex'));
    });
});
