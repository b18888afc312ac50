import { expect } from 'chai';
import { MetaRecord } from '../proto/meta-records';
import { MemoryStreamPort } from '../testing/memory-stream-port';
import { ReceiverOutbox } from './receiver-outbox';

describe('ReceiverOutbox', () => {
    it('says neighbours in one record, and the last word last', async () => {
        const { outbox, said } = make();
        outbox.end({ type: 'finished', filesDone: 3, filesSkipped: 0, filesFailed: 0 });
        [1, 3, 2, 7].forEach(index => outbox.ok(index));
        outbox.want(9);
        outbox.add({ type: 'refetch', index: 5 });
        await outbox.drain();
        expect(said.map(record => record.type)).to.deep.equal([
            'refetch',
            'decision-send',
            'result-ok',
            'result-ok',
            'finished'
        ]);
        expect(said[2]).to.deep.equal({ type: 'result-ok', from: 1, to: 4 });
    });

    it('forgets nothing that is said at the moment it falls silent', async () => {
        // So many microtasks after the first word went out: one of these is the critical moment.
        for (let delay = 0; delay < 12; delay++) {
            const { outbox, said, onSaid } = make();
            onSaid.push(async () => {
                onSaid.length = 0;
                for (let i = 0; i < delay; i++) {
                    await Promise.resolve();
                }
                outbox.ok(5);
            });
            outbox.ok(1);
            while (said.length === 0) {
                await new Promise<void>(resolve => setImmediate(resolve));
            }
            await outbox.drain();
            expect(said, `after ${delay} microtasks`).to.have.length(2);
        }
    });

    it('falls silent when the port fails', async () => {
        const [port] = MemoryStreamPort.pair();
        port.cut();
        const errors: unknown[] = [];
        const outbox = new ReceiverOutbox(port, error => errors.push(error));
        outbox.ok(1);
        await outbox.drain();
        outbox.ok(2);
        await outbox.drain();
        expect(errors).to.have.length(1);
    });

    function make(): { outbox: ReceiverOutbox; said: MetaRecord[]; onSaid: Array<() => Promise<void>> } {
        const [port] = MemoryStreamPort.pair();
        const said: MetaRecord[] = [];
        const onSaid: Array<() => Promise<void>> = [];
        port.sendRecord = async record => {
            said.push(record);
            onSaid.forEach(work => void work());
        };
        return { outbox: new ReceiverOutbox(port, () => undefined), said, onSaid };
    }
});
