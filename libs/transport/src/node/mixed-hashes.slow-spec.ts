import { expect } from 'chai';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { createHash, randomBytes } from 'crypto';
import { HashAlgorithm } from '../proto/hash-algorithm';
import { ResumeLevel } from '../proto/overwrite-decision';
import { runTransfer, TransferOutcome, TransferSetup } from '../testing/transfer-harness';
import { hashesFor, hashOf, knownHashes, requireKnown } from './content-hash';
import { LocalFileStore } from './local-file-store';

const MIB = 1024 * 1024;
const LEVELS: readonly ResumeLevel[] = ['attributes', 'sparse-checksum', 'full-checksum'];
const PAIRS: ReadonlyArray<readonly [HashAlgorithm, HashAlgorithm]> = [
    ['sha256', 'blake3'],
    ['blake3', 'sha256']
];

describe('hashes of content', () => {
    it('are those that everybody else computes', () => {
        const bytes = randomBytes(3 * MIB + 1);
        expect(hashOf('sha256', bytes).equals(createHash('sha256').update(bytes).digest())).to.equal(true);
        if (knownHashes().includes('blake3')) {
            // of no bytes, as in the paper's own vectors
            const empty = 'af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262';
            expect(hashOf('blake3', new Uint8Array(0)).toString('hex')).to.equal(empty);
            expect(hashOf('blake3', bytes)).to.have.length(32);
        }
    });

    it('are chosen of those that are known', () => {
        expect(hashesFor('sha256')).to.deep.equal(['sha256']);
        expect(hashesFor(undefined)).to.deep.equal(knownHashes());
        expect(requireKnown(undefined)).to.equal('sha256');
        expect(() => requireKnown('md5' as HashAlgorithm)).to.throw(/was not offered/);
    });
});

describe('resuming with another hash (needs BLAKE3 installed)', function () {
    const store = new LocalFileStore();
    const content = randomBytes(16 * MIB + 5);
    let dir: string;
    let source: string;

    before(function () {
        if (!knownHashes().includes('blake3')) {
            this.skip();
        }
    });

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-hashes-'));
        source = join(dir, 'big');
        await fs.writeFile(source, content);
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    function move(
        hash: HashAlgorithm,
        resume: ResumeLevel,
        link?: TransferSetup['link']
    ): Promise<TransferOutcome> {
        return runTransfer({
            hash,
            sender: { store, sources: [{ path: source }] },
            receiver: { store, destination: join(dir, 'copy'), fsync: 'never', resume },
            ...(link ? { link } : {})
        });
    }

    for (const [first, second] of PAIRS) {
        for (const resume of LEVELS) {
            it(`goes from ${first} to ${second} and back, level ${resume}`, async () => {
                await move(first, resume, { cutAfterBytes: 6 * MIB });
                await move(second, resume, { cutAfterBytes: 6 * MIB });
                const last = await move(first, resume);
                expect(last.received).not.to.have.property('error');
                expect((await fs.readFile(join(dir, 'copy'))).equals(content)).to.equal(true);
                expect(await fs.readdir(dir)).to.have.members(['big', 'copy']);
                // less than without what one of the two had recorded; the last chunks before a cut come again
                expect(last.dataBytes).to.be.lessThan(10 * MIB);
            });
        }

        it(`finds what was damaged meanwhile, from ${first} to ${second}`, async () => {
            await move(first, 'full-checksum', { cutAfterBytes: 5 * MIB });
            const handle = await fs.open(join(dir, 'copy.partial'), 'r+');
            await handle.write(Buffer.from('wrong'), 0, 5, MIB + 10);
            await handle.close();
            await move(second, 'full-checksum');
            expect((await fs.readFile(join(dir, 'copy'))).equals(content)).to.equal(true);
        });

        it(`compares what is finished, from ${first} to ${second}`, async () => {
            await move(first, 'full-checksum');
            expect((await move(second, 'full-checksum')).dataBytes).to.equal(0);
        });
    }
});
