import { expect } from 'chai';
import { NoticeBatch, type NoticeSwitches } from './notice-batch';
import type { JobState } from './transfer-protocol';

const ALL: NoticeSwitches = { completed: true, failed: true, needsAnswer: true, diskSpace: true };

describe('notifications of transfers', () => {
    let batch: NoticeBatch;
    beforeEach(() => {
        batch = new NoticeBatch();
    });
    const take = (id: string, state: JobState): void =>
        batch.take({ id, name: id, state, filesDone: 1, filesSkipped: 0 });

    it('are one for all that ran together', () => {
        for (let i = 0; i < 5000; i++) {
            take(`f${i}`, 'completed');
            expect(batch.due(i === 4999, ALL)?.text).to.equal(
                i === 4999 ? '5,000 transfers completed: f0, f1 and 4,998 more.' : undefined
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
            text: 'a completed; 2 transfers failed: b, c.',
            jobIds: ['b', 'c', 'a']
        });
    });

    it('do not call completed what was skipped', () => {
        const skipped = (id: string): void =>
            batch.take({ id, name: id, state: 'completed', filesDone: 0, filesSkipped: 2 });
        take('a', 'completed');
        skipped('b');
        expect(batch.due(true, ALL)).to.deep.equal({
            severity: 'info',
            text: 'a completed; b was skipped: it is there already.',
            jobIds: ['a', 'b']
        });
        skipped('b');
        skipped('c');
        expect(batch.due(true, { ...ALL, completed: false })).to.equal(undefined);
        skipped('b');
        skipped('c');
        expect(batch.due(true, ALL)?.text).to.equal(
            '2 transfers were skipped, for they are there already: b, c.'
        );
    });

    it('do not count what goes on', () => {
        take('a', 'failed');
        take('a', 'preparing');
        expect(batch.due(false, ALL)).to.equal(undefined);
        take('a', 'completed');
        expect(batch.due(true, ALL)).to.deep.equal({
            severity: 'info',
            text: 'a completed.',
            jobIds: ['a']
        });
    });

    it('come at once when an answer is needed, but not again for each', () => {
        take('a', 'needs-user');
        expect(batch.due(false, ALL)).to.include({ severity: 'warning', text: 'a needs an answer.' });
        take('b', 'needs-user');
        take('c', 'completed');
        expect(batch.due(false, ALL)).to.equal(undefined);
        expect(batch.due(true, ALL)!.text).to.equal('c completed.');
        take('d', 'needs-user');
        expect(batch.due(true, ALL)!.text, 'a new batch').to.equal('d needs an answer.');
    });

    it('come when the disk begins to be too full, and again only after it was not', () => {
        const jobs = ['a', 'b'].map(id => ({ id, name: id }));
        batch.hold(jobs.slice(0, 1));
        expect(batch.due(false, ALL)).to.deep.equal({
            severity: 'warning',
            text: 'a waits: the disk is almost full.',
            jobIds: ['a']
        });
        batch.hold(jobs);
        expect(batch.due(false, ALL)).to.equal(undefined);
        expect(batch.due(true, ALL)).to.equal(undefined);
        batch.hold([]);
        batch.hold(jobs);
        expect(batch.due(false, { ...ALL, diskSpace: false })).to.equal(undefined);
        expect(batch.due(false, ALL)?.text).to.contain('2 transfers wait');
        batch.hold([]);
        batch.hold(jobs);
        batch.clear();
        expect(batch.due(false, ALL), 'seen').to.equal(undefined);
    });

    it('show names that are too long or play tricks as they can be shown', () => {
        const name = `\u202e${'x'.repeat(500)}\n`;
        batch.take({ id: 'a', name, state: 'completed', filesDone: 1, filesSkipped: 0 });
        expect(batch.due(true, ALL)?.text).to.match(/^\?x{119}… completed\.$/);
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
