import { expect } from 'chai';
import { Clock, ConnectError } from '@connect/base';
import { FileStore } from './file-store';
import { FolderBatch } from './folder-batch';
import { OpenBatches } from './open-batches';

describe('OpenBatches', () => {
    let opened: string[];
    let closed: string[];
    let now: number;
    const clock = { now: () => now } as Clock;

    beforeEach(() => {
        opened = [];
        closed = [];
        now = 1000;
    });

    const store = {
        batch: async (path: string) => {
            if (path === '/gone') {
                throw new ConnectError('files.not-found', path);
            }
            opened.push(path);
            return { close: async () => void closed.push(path) } as unknown as FolderBatch;
        }
    } as unknown as FileStore;

    const nothing = async (): Promise<string> => 'done';

    it('opens a folder once for batches that follow each other', async () => {
        const batches = new OpenBatches(store, undefined, clock);
        await Promise.all([batches.use('/a', nothing), batches.use('/a', nothing)]);
        expect(await batches.use('/a', nothing)).to.equal('done');
        expect([opened, closed]).to.deep.equal([['/a'], []]);
        await batches.dispose();
        expect(closed).to.deep.equal(['/a']);
    });

    it('opens it anew when its name may mean another by now, and never closes what is in use', async () => {
        const batches = new OpenBatches(store, undefined, clock);
        let end!: () => void;
        const long = batches.use('/a', () => new Promise<void>(resolve => (end = resolve)));
        now += 201;
        await batches.use('/a', nothing);
        await batches.use('/b', nothing);
        expect([opened, closed]).to.deep.equal([['/a', '/a', '/b'], ['/a']]);
        end();
        await long;
        expect(closed).to.deep.equal(['/a', '/a']);
        await batches.dispose();
        expect(closed).to.deep.equal(['/a', '/a', '/b']);
    });

    it('leaves to others what they keep, and closes at once what is opened after the end', async () => {
        const batches = new OpenBatches(store, () => opened.length === 1, clock);
        await batches.use('/kept', nothing);
        await batches.dispose();
        await batches.use('/late', nothing);
        expect(closed).to.deep.equal(['/late']);
    });

    it('does nothing for a folder that cannot be opened, or a store that has no batches', async () => {
        const fail = (): Promise<never> => Promise.reject(new Error('was called'));
        expect(await new OpenBatches(store, undefined, clock).use('/gone', fail)).to.equal(undefined);
        expect(await new OpenBatches({} as FileStore, undefined, clock).use('/a', fail)).to.equal(undefined);
    });
});
