import { expect } from 'chai';
import { randomBytes } from 'crypto';
import { promises as fs } from 'fs';
import { tmpdir } from 'os';
import { join } from 'path';
import { ConnectError } from '@connect/base';
import { DEFAULT_SUFFIXES, plainNames } from '../../proto/partial-names';
import { hookedStore } from '../../testing/transfer-harness';
import { readBootId } from '../checkpoint-store';
import { hashOf } from '../content-hash';
import { FileSink } from '../file-sink';
import { LocalFileStore } from '../local-file-store';
import { SharedPartials } from './shared-partials';

const CHUNK = 64 * 1024;

describe('a partial file that several pieces share', () => {
    const boot = readBootId();
    const identity = { sizeBytes: 4 * CHUNK, mtimeNs: 5n, chunkBytes: CHUNK };
    let dir: string;
    let failures: number;
    let syncs: number;
    let partials: SharedPartials;

    beforeEach(async () => {
        dir = await fs.mkdtemp(join(tmpdir(), 'connect-shared-'));
        failures = 0;
        syncs = 0;
        const store = hookedStore(new LocalFileStore(), (operation, path) => {
            if (operation === 'sync' && path.endsWith('.partial')) {
                syncs += 1;
                if (failures-- > 0) {
                    throw new ConnectError('transfer.disk-write', 'a page was lost');
                }
            }
        });
        const names = plainNames('big', DEFAULT_SUFFIXES)!;
        const attributes = { mtimeNs: identity.mtimeNs, mode: 0o600 };
        await new FileSink(
            ...([store, dir, 'big', names, identity, attributes] as const),
            ...(['auto', boot, 'sha256', undefined] as const)
        ).prepare();
        partials = new SharedPartials({
            ...{ store, hash: 'sha256', suffixes: DEFAULT_SUFFIXES, fsync: 'auto', boot }
        });
    });

    afterEach(() => fs.rm(dir, { recursive: true, force: true }));

    const outcomes = (all: ReadonlyArray<PromiseSettledResult<void>>): string[] =>
        all.map(one => (one.status === 'fulfilled' ? 'safe' : ConnectError.from(one.reason).code));

    it('is safe for no piece once a flush has failed, whose chunk it may be', async () => {
        const target = { folder: dir, name: 'big', identity };
        const [one, two] = [await partials.acquire(target, 1), await partials.acquire(target, 1)];
        expect(one).to.equal(two);
        for (const chunk of [0, 1]) {
            const bytes = randomBytes(CHUNK);
            await one.writeChunk({ chunk, hash: hashOf('sha256', bytes) }, bytes);
        }
        failures = 1;
        const both = await Promise.allSettled([one.makeDurable(), two.makeDurable()]);
        expect(outcomes(both)).to.deep.equal(['transfer.disk-write', 'transfer.disk-write']);
        // The disk would say now that all is well: what it lost it has told.
        const later = await Promise.allSettled([two.makeDurable()]);
        expect(outcomes(later)).to.deep.equal(['transfer.disk-write']);
        await partials.release(target, 1);
        await partials.release(target, 1);
    });

    it('is flushed once for pieces that end together', async () => {
        const target = { folder: dir, name: 'big', identity };
        const partial = await partials.acquire(target, 1);
        const bytes = randomBytes(CHUNK);
        await partial.writeChunk({ chunk: 2, hash: hashOf('sha256', bytes) }, bytes);
        const both = await Promise.allSettled([partial.makeDurable(), partial.makeDurable()]);
        expect(outcomes(both)).to.deep.equal(['safe', 'safe']);
        expect(syncs).to.equal(1);
        await partials.release(target, 1);
    });
});
