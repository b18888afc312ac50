import { HttpStreamPort } from '@connect/transport/lib/http/http-stream-port';
import { Upload } from '@tus/server';
import { expect } from 'chai';
import { Readable } from 'stream';
import { readRange } from './range-answer';
import { RunStore } from './tus-runs';

function storeWithPort(): { store: RunStore; taken: Array<[number, string]>; port: HttpStreamPort } {
    const taken: Array<[number, string]> = [];
    const port = new HttpStreamPort({
        offersData: false,
        rate: { targetBps: 1e9, minBps: 1, policy: 'fixed' },
        onFailed: () => undefined
    });
    port.listener = {
        onRecord: () => undefined,
        onData: (offset, bytes) => taken.push([offset, Buffer.from(bytes).toString()])
    };
    return { store: new RunStore(port), taken, port };
}

const upload = (id: string, start: string | undefined, size: number): Upload =>
    new Upload({ id, size, offset: 0, metadata: start === undefined ? {} : { start } });

async function refused(work: Promise<unknown>): Promise<number> {
    const error = await work.then(
        () => undefined,
        (reason: { status_code: number }) => reason
    );
    return error?.status_code ?? 0;
}

describe('uploads of runs', () => {
    it('hand bytes on while they come, and continue where they broke', async () => {
        const { store, taken } = storeWithPort();
        await store.create(upload('run-0', '1000', 10));
        async function* broken(): AsyncGenerator<Buffer> {
            yield Buffer.from('abcd');
            throw new Error('reset');
        }
        await store.write(Readable.from(broken()), 'run-0').catch(() => undefined);
        expect((await store.getUpload('run-0')).offset).to.equal(4);
        expect(await store.write(Readable.from([Buffer.from('efghij')]), 'run-0')).to.equal(10);
        expect(taken).to.deep.equal([
            [1000, 'abcd'],
            [1004, 'efghij']
        ]);
    });

    it('bring no byte twice', async () => {
        const { store, taken } = storeWithPort();
        for (const id of ['run-0', 'run-1']) {
            await store.create(upload(id, '0', 3));
            await store.write(Readable.from([Buffer.from('abc')]), id);
        }
        expect(taken).to.deep.equal([[0, 'abc']]);
    });

    it('wait while the window is closed', async () => {
        const { store, port } = storeWithPort();
        await store.create(upload('run-0', '0', 3));
        port.setReceiveWindow(0);
        let isDone = false;
        const written = store.write(Readable.from([Buffer.from('abc')]), 'run-0').then(() => (isDone = true));
        await new Promise(resolve => setImmediate(resolve));
        expect(isDone).to.equal(false);
        port.setReceiveWindow(1);
        await written;
    });

    const wrong: ReadonlyArray<readonly [string, string | undefined, number]> = [
        ['no start', undefined, 10],
        ['a start that is no number', 'x', 10],
        ['a start below 0', '-1', 10],
        ['a fraction', '0.5', 10],
        ['an end beyond the stream', String(2 ** 48 - 1), 10],
        ['nothing', '0', 0],
        ['too much', '0', 2 ** 28 + 1]
    ];
    for (const [what, start, size] of wrong) {
        it(`are refused with ${what}`, async () => {
            expect(await refused(storeWithPort().store.create(upload('run-0', start, size)))).to.equal(400);
        });
    }

    it('are bounded in number while they are not finished, and not when they are', async () => {
        const { store } = storeWithPort();
        for (let i = 0; i < 64; i++) {
            await store.create(upload(`run-${i}`, String(i), 1));
        }
        expect(await refused(store.create(upload('run-x', '99', 1)))).to.equal(429);
        for (let i = 0; i < 64; i++) {
            await store.write(Readable.from([Buffer.from('a')]), `run-${i}`);
        }
        await store.create(upload('run-x', '99', 1));
    });

    it('are not known by other names', async () => {
        expect(await refused(storeWithPort().store.getUpload('run-7'))).to.equal(404);
    });
});

describe('range of a download', () => {
    it('is one range with both ends', () => {
        expect(readRange('bytes=0-0')).to.deep.equal({ start: 0, end: 1 });
        expect(readRange('bytes=5-99')).to.deep.equal({ start: 5, end: 100 });
    });

    const wrong = [
        undefined,
        '',
        'bytes=0-',
        'bytes=-5',
        'bytes=5-4',
        'bytes=0-1,3-4',
        'items=0-1',
        `bytes=0-${2 ** 28}`,
        `bytes=${2 ** 48}-${2 ** 48}`
    ];
    for (const header of wrong) {
        it(`is not ${String(header)}`, () => {
            expect(readRange(header)).to.equal(undefined);
        });
    }
});
