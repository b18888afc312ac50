import { StageReport } from '@connect/base';
import { expect } from 'chai';
import { StagesOfSessions } from './stages-of-sessions';

const report = (stage: StageReport['stage']): StageReport => ({ stage, tookMs: 1, facts: {} });

describe('stages of several sessions', () => {
    it('are told of the first that speaks, and of the one that failed', () => {
        const stages = new StagesOfSessions();
        expect(stages.add(2, report('name'))).to.equal(true);
        expect(stages.add(1, report('name'))).to.equal(false);
        expect(stages.add(1, report('tcp'))).to.equal(false);
        expect(stages.add(2, report('tcp'))).to.equal(true);
        expect(stages.ofFailed(1).map(({ stage }) => stage)).to.deep.equal(['name', 'tcp']);
        expect(stages.ofFailed(1), 'once').to.deep.equal([]);
    });

    it('are not told twice of the first, and not of one that never spoke', () => {
        const stages = new StagesOfSessions();
        stages.add(1, report('name'));
        expect(stages.ofFailed(1)).to.deep.equal([]);
        expect(stages.ofFailed(7)).to.deep.equal([]);
    });

    it('are kept within bounds', () => {
        const stages = new StagesOfSessions();
        stages.add(1, report('name'));
        for (let i = 0; i < 1000; i++) {
            stages.add(2, report('udp'));
        }
        expect(stages.ofFailed(2)).to.have.length(32);
    });
});
