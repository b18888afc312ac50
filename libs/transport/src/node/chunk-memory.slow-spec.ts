import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { expect } from 'chai';
import { ChunkMemory } from './chunk-memory';
import { sha256 } from './content-hash';
import { loadNativeAddon, NativeMemory, nativeMemory } from './native-addon';

const MIB = 1024 * 1024;
const SIZES = [1, 63, 65_535, 65_536, 65_537, 100_001, MIB - 1, MIB, MIB + 1, 16 * MIB];

function describeMemory(kind: string, make: () => ChunkMemory | undefined): void {
    describe(`memory for chunks, ${kind}`, () => {
        let memory: ChunkMemory;

        before(function () {
            const made = make();
            if (!made) {
                this.skip();
            }
            memory = made;
        });

        it('hashes memory of every size, several at a time', async () => {
            const chunks = [...SIZES, ...SIZES].map(bytes => {
                const chunk = memory.allocate(bytes);
                expect(chunk).to.have.length(bytes);
                randomBytes(Math.min(bytes, 1000)).copy(chunk);
                chunk.fill(bytes & 0xff, Math.min(bytes, 1000));
                return chunk;
            });
            const hashes = await Promise.all(chunks.map(chunk => memory.hash('sha256', chunk)));
            hashes.forEach((hash, i) => expect(hash.equals(sha256(chunks[i]!)), `${i}`).to.equal(true));
        });

        it('hashes parts of it', async () => {
            const chunk = randomBytes(3 * MIB);
            const held = memory.allocate(chunk.length);
            chunk.copy(held);
            const parts: Array<readonly [number, number]> = [
                [0, 70_000],
                [1, 2 * MIB],
                [3 * MIB - 65_536, 3 * MIB]
            ];
            for (const [start, end] of parts) {
                const hash = await memory.hash('sha256', held.subarray(start, end));
                expect(hash.equals(sha256(chunk.subarray(start, end)))).to.equal(true);
            }
        });
    });
}

describeMemory('without the addon', () => new ChunkMemory(undefined));
describeMemory('with the addon (needs it built)', () => {
    const native = nativeMemory(loadNativeAddon(process.env).addon);
    return native && new ChunkMemory(native);
});

describe('memory of the addon (needs it built)', () => {
    let addon: NativeMemory;

    before(function () {
        const native = nativeMemory(loadNativeAddon(process.env).addon);
        if (!native) {
            this.skip();
        }
        addon = native;
    });

    it('refuses what it did not give, and what reaches beyond', () => {
        const given = addon.allocate(100);
        const foreign = [
            new Uint8Array(100),
            new Uint8Array(0),
            Buffer.alloc(100),
            given.buffer,
            'text',
            5,
            undefined
        ];
        for (const value of [...foreign, given.subarray(5, 5), new Uint16Array(given.buffer)]) {
            expect(() => addon.sha256(value as Uint8Array)).to.throw(/expected bytes/);
        }
        for (const size of [0, -1, 0.5, NaN, Infinity, 64 * MIB + 1, '5', undefined]) {
            expect(() => addon.allocate(size as number)).to.throw('expected a number');
        }
    });

    it('keeps memory that JavaScript drops or gives away while it is hashed', async () => {
        setFlagsFromString('--expose-gc');
        const collect = runInNewContext('gc') as () => void;
        const expected = sha256(new Uint8Array(8 * MIB).fill(7));
        for (let round = 0; round < 20; round++) {
            const hashes = [0, 1, 2, 3].map(each => {
                const bytes = addon.allocate(8 * MIB).fill(7);
                const hash = addon.sha256(bytes);
                if (each % 2 === 0) {
                    (bytes.buffer as ArrayBuffer & { transfer(): ArrayBuffer }).transfer();
                    expect(() => addon.sha256(bytes)).to.throw(/expected bytes/);
                }
                return hash;
            });
            collect();
            for (const hash of await Promise.all(hashes)) {
                expect(Buffer.from(hash).equals(expected)).to.equal(true);
            }
        }
    });

    it('lets a worker thread end while it hashes', async () => {
        const script = `
            const { loadNativeAddon } = require(${JSON.stringify(require.resolve('./native-addon'))});
            const { addon } = loadNativeAddon(process.env);
            for (let count = 0; count < 8; count++) {
                void addon.sha256(addon.allocate(${32 * MIB}));
            }
            require('node:worker_threads').parentPort.postMessage('ready');`;
        for (let round = 0; round < 3; round++) {
            const worker = new Worker(script, { eval: true });
            await new Promise(resolve => worker.once('message', resolve));
            expect(await worker.terminate()).to.equal(1);
        }
    });
});
