import { expect } from 'chai';
import type { Job, JobRate } from '../common/transfer-protocol';
import { AskedRates } from './asked-rates';

const job = (rate: JobRate): Job => ({ id: 'a', rate }) as Job;
const send = (): Promise<void> => Promise.resolve();

describe('AskedRates', () => {
    let asked: AskedRates;

    beforeEach(() => {
        asked = new AskedRates();
    });

    it('is what the list has where nothing was asked for', () => {
        expect(asked.of(job({ targetBps: 1 }))).to.deep.equal({ targetBps: 1 });
    });

    it('is what was asked for at once, and over changes of the job that do not have it yet', async () => {
        const asking = asked.ask(job({}), { targetBps: 5 }, send);
        expect(asked.of(job({}))).to.deep.equal({ targetBps: 5 });
        await asking;
        asked.listed(() => job({}));
        expect(asked.of(job({}))).to.deep.equal({ targetBps: 5 });
    });

    it('leaves it to the list when that has it, also when somebody sets it back', async () => {
        await asked.ask(job({}), { targetBps: 5 }, send);
        asked.listed(() => job({ targetBps: 5 }));
        expect(asked.of(job({}))).to.deep.equal({});
    });

    it('forgets what was refused, but not what was asked for after it', async () => {
        const refused = (): Promise<void> => Promise.reject(new Error('no'));
        const first = asked.ask(job({}), { targetBps: 5 }, refused);
        const second = asked.ask(job({}), { targetBps: 7 }, send);
        await second;
        expect(await first.catch(({ message }: Error) => message)).to.equal('no');
        expect(asked.of(job({}))).to.deep.equal({ targetBps: 7 });
        await asked.ask(job({}), { targetBps: 9 }, refused).catch(() => undefined);
        expect(asked.of(job({}))).to.deep.equal({});
    });

    it('keeps nothing of jobs that are gone', async () => {
        await asked.ask(job({}), { targetBps: 5 }, send);
        asked.listed(() => undefined);
        expect(asked.of(job({}))).to.deep.equal({});
    });
});
