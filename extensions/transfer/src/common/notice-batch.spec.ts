import { expect } from 'chai';
import { NoticeBatch, type NoticeSwitches } from './notice-batch';
import type { JobState } from './transfer-protocol';

const ALL: NoticeSwitches = { completed: true, failed: true, needsAnswer: true };

describe('notifications of transfers', () => {
    let batch: NoticeBatch;
    beforeEach(() => {
        batch = new NoticeBatch();
    });
    const take = (id: string, state: JobState): void => batch.take({ id, name: id, state });

    it('are one for all that ran together', () => {
        for (let i = 0; i < 5000; i++) {
            take(`f${i}`, 'completed');
            expect(batch.due(i === 4999, ALL)?.text).to.equal(
                i === 4999 ? '5000 transfers completed: f0, f1 and 4998 more.' : undefined
            );
        }
        expect(batch.due(true, ALL), 'and only once').to.equal(undefined);
    });

    it('say what failed, in the same notification', () => {
        take('a', 'completed');
        take('b', 'failed');
        take('c', 'failed');
        expect(batch.due(true, ALL)).to.deep.equal({
            severity: 'warning',
            text: 'a completed; 2 transfers failed: b, c.'
        });
    });

    it('do not count what goes on', () => {
        take('a', 'failed');
        take('a', 'preparing');
        expect(batch.due(false, ALL)).to.equal(undefined);
        take('a', 'completed');
        expect(batch.due(true, ALL)).to.deep.equal({ severity: 'info', text: 'a completed.' });
    });

    it('come at once when an answer is needed, but not again for each', () => {
        take('a', 'needs-user');
        expect(batch.due(false, ALL)).to.deep.equal({ severity: 'warning', text: 'a needs an answer.' });
        take('b', 'needs-user');
        take('c', 'completed');
        expect(batch.due(false, ALL)).to.equal(undefined);
        expect(batch.due(true, ALL)!.text).to.equal('c completed.');
        take('d', 'needs-user');
        expect(batch.due(true, ALL)!.text, 'a new batch').to.equal('d needs an answer.');
    });

    it('can be switched off by kind', () => {
        const told = (switches: Partial<NoticeSwitches>): string | undefined => {
            take('a', 'completed');
            take('b', 'failed');
            take('c', 'needs-user');
            return batch.due(true, { ...ALL, ...switches })?.text;
        };
        expect(told({ completed: false })).to.equal('b failed; c needs an answer.');
        expect(told({ failed: false })).to.equal('a completed; c needs an answer.');
        expect(told({ needsAnswer: false })).to.equal('a completed; b failed.');
        expect(told({ completed: false, failed: false, needsAnswer: false })).to.equal(undefined);
    });

    it('leave out what was seen', () => {
        take('a', 'completed');
        batch.clear();
        expect(batch.due(true, ALL)).to.equal(undefined);
    });
});
