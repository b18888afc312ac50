import { expect } from 'chai';
import { ConnectError } from '@connect/base';
import { FolderBatch } from './folder-batch';
import { SyncRounds } from './sync-rounds';

class FakeFolder {
    syncs = 0;
    isClosed = false;
    failure: ConnectError | undefined;
    /** Syncing waits for it. */
    gate: Promise<void> = Promise.resolve();

    constructor(
        readonly device: bigint,
        readonly canSync = true
    ) {}

    async syncFileSystem(): Promise<void> {
        this.syncs += 1;
        await this.gate;
        if (this.failure) {
            throw this.failure;
        }
    }

    async close(): Promise<void> {
        this.isClosed = true;
    }

    get batch(): FolderBatch {
        return this as unknown as FolderBatch;
    }
}

const turn = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

describe('SyncRounds', () => {
    let rounds: SyncRounds;
    let alone: number;

    beforeEach(() => {
        rounds = new SyncRounds();
        alone = 0;
    });

    async function countAlone(): Promise<void> {
        alone += 1;
    }

    function reach(count: number, device: bigint | undefined): Array<Promise<void>> {
        return Array.from({ length: count }, () => rounds.reach(device, countAlone));
    }

    it('syncs the file system once for many', async () => {
        const folder = new FakeFolder(1n);
        rounds.offer(folder.batch);
        await Promise.all(reach(100, 1n));
        expect([folder.syncs, alone]).to.deep.equal([1, 0]);
        expect(folder.isClosed).to.equal(false);
        await rounds.dispose();
        expect(folder.isClosed).to.equal(true);
    });

    it('does few, those of another file system and those of an unknown one by themselves', async () => {
        const folder = new FakeFolder(1n);
        rounds.offer(folder.batch);
        await Promise.all(reach(3, 1n));
        await Promise.all([...reach(50, 2n), ...reach(50, undefined)]);
        expect([folder.syncs, alone]).to.deep.equal([0, 103]);
    });

    it('counts all the files that one who waits stands for', async () => {
        const folder = new FakeFolder(1n);
        rounds.offer(folder.batch);
        await rounds.reach(1n, countAlone, 15);
        expect([folder.syncs, alone]).to.deep.equal([0, 1]);
        await rounds.reach(1n, countAlone, 16);
        expect([folder.syncs, alone]).to.deep.equal([1, 1]);
    });

    it('lets who comes during a round wait for the next', async () => {
        const folder = new FakeFolder(1n);
        let open!: () => void;
        folder.gate = new Promise(resolve => (open = resolve));
        rounds.offer(folder.batch);
        const first = reach(20, 1n);
        while (folder.syncs === 0) {
            await turn();
        }
        let isLateDone = false;
        const late = Promise.all(reach(20, 1n)).then(() => (isLateDone = true));
        open();
        await Promise.all(first);
        expect(isLateDone).to.equal(false);
        await late;
        expect(folder.syncs).to.equal(2);
    });

    it('asks each by itself when something on the file system could not be written', async () => {
        const folder = new FakeFolder(1n);
        folder.failure = new ConnectError('transfer.disk-write', 'somebody else lost data');
        rounds.offer(folder.batch);
        const good = reach(20, 1n);
        const bad = rounds.reach(1n, () => Promise.reject(folder.failure));
        const results = await Promise.allSettled([...good, bad]);
        expect(alone).to.equal(20);
        expect(results.filter(({ status }) => status === 'rejected')).to.have.length(1);
    });

    it('keeps one folder per file system, and none that cannot tell', async () => {
        const [first, second, deaf] = [new FakeFolder(1n), new FakeFolder(1n), new FakeFolder(2n, false)];
        const kept = [first, second, deaf].map(folder => rounds.offer(folder.batch));
        expect(kept).to.deep.equal([true, false, false]);
        await Promise.all(reach(50, 2n));
        expect(alone).to.equal(50);
    });
});
