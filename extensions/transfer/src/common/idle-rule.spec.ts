import { expect } from 'chai';
import { hasWork } from './idle-rule';
import { JOB_STATES, type JobState, type QueueStatus } from './transfer-protocol';

const PAUSES: Array<[string, QueueStatus['paused'], JobState[]]> = [
    [
        'no pause',
        undefined,
        ['queued', 'preparing', 'transferring', 'finishing', 'pausing', 'stopping', 'retrying']
    ],
    ['a pause without an end', {}, ['preparing', 'transferring', 'finishing', 'pausing', 'stopping']],
    [
        'a pause that ends',
        { untilMs: 5 },
        ['queued', 'preparing', 'transferring', 'finishing', 'pausing', 'stopping', 'retrying']
    ]
];

describe('what a backend has to do when nobody is there', () => {
    for (const [title, paused, busy] of PAUSES) {
        it(`with ${title}`, () => {
            expect(hasWork([], { paused })).to.equal(false);
            expect(JOB_STATES.filter(state => hasWork([{ state }], { paused }))).to.have.members(busy);
        });
    }
});
