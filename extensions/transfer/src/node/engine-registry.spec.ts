import 'reflect-metadata';
import type { EngineDescription, TransferEngine, TransferTask } from '@connect/api';
import { expect } from 'chai';
import { EngineRegistry } from './engine-registry';

const TASK: Omit<TransferTask, 'credentials'> = {
    jobId: 'j',
    direction: 'send',
    endpoint: { protocol: 'spoken', address: 'there' },
    sources: ['/a'],
    destination: '/',
    rate: { targetBps: 1, minBps: 0, policy: 'fixed' },
    overwrite: 'diff',
    resume: 'attributes'
};

describe('registry of engines', () => {
    const ended: string[] = [];
    const engine = (id: string, part: Partial<TransferEngine> = {}): TransferEngine => ({
        id,
        label: id.toUpperCase(),
        refuses: () => undefined,
        start: () => {
            throw new Error('nothing is started here');
        },
        dispose: () => void ended.push(id),
        ...part
    });
    const registry = (engines: readonly TransferEngine[], preferred?: string): EngineRegistry => {
        const made = new EngineRegistry();
        const contributions = { getContributions: () => engines };
        return Object.assign(made, {
            contributions,
            preferences: { 'connect.engines.preferred': preferred }
        });
    };
    const no = { refuses: () => 'it will not' };

    it('gives a task to the first engine that takes it', () => {
        const all = [engine('a', no), engine('b'), engine('c')];
        expect(registry(all).choose(TASK, undefined).id).to.equal('b');
        expect(registry(all, 'c').choose(TASK, undefined).id).to.equal('c');
        expect(registry(all, 'a').choose(TASK, undefined).id).to.equal('b');
    });

    it('gives it to nobody but the one that the job asks for', () => {
        const all = [engine('a', no), engine('b')];
        expect(registry(all, 'b').choose(TASK, 'b').id).to.equal('b');
        expect(() => registry(all).choose(TASK, 'a'))
            .to.throw('A: it will not')
            .with.property('code', 'transfer.engine-missing');
        expect(() => registry(all).choose(TASK, 'gone')).to.throw('“gone”');
    });

    it('tells why none of them takes it', () => {
        expect(() => registry([engine('a', no), engine('b', no)]).choose(TASK, undefined)).to.throw(
            'A: it will not; B: it will not'
        );
    });

    it('describes them all, also when one cannot say', async () => {
        const describe = async (): Promise<EngineDescription> => ({ version: '1' });
        const broken = (): Promise<EngineDescription> => Promise.reject(new Error('it broke'));
        const all = [engine('a', { describe }), engine('b', { describe: broken }), engine('c')];
        expect(await registry(all).engines()).to.deep.equal([
            { id: 'a', label: 'A', version: '1' },
            { id: 'b', label: 'B', problem: 'it broke' },
            { id: 'c', label: 'C' }
        ]);
    });

    it('ends them with the backend', () => {
        registry([engine('a'), engine('b', { dispose: undefined })]).onStop();
        expect(ended).to.deep.equal(['a']);
    });
});
