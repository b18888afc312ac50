import { ConnectError, type ErrorCode } from '@connect/base';
import { expect } from 'chai';
import type { LiveTest } from './diagnosis-protocol';
import { explainTest } from './explain-test';
import type { Observation, StageId } from './stages';

const ok = (stage: StageId): Observation => ({ stage, state: 'ok', evidence: [`${stage} is fine`] });
const failed = (stage: StageId, code: ErrorCode): Observation => ({
    stage,
    state: 'failed',
    evidence: ['no'],
    error: new ConnectError(code, 'no').toWire()
});

const test = (stages: readonly Observation[], more: Partial<LiveTest> = {}): LiveTest => ({
    testId: 't',
    subjectName: 'Server',
    accountId: 'a',
    startedMs: 0,
    endedMs: 1,
    isCancelled: false,
    stages,
    ...more
});

describe('verdict of a test', () => {
    it('is good when nothing failed', () => {
        const verdict = explainTest(test([ok('name'), ok('tcp')]));
        expect(verdict.headline).to.equal('Nothing stands in the way');
        expect(verdict.isFailed).to.equal(false);
        expect(verdict.rows.map(({ title }) => title)).to.deep.equal(['Name (DNS)', 'TCP to the SSH port']);
    });

    it('names the first stage that failed, the codes of the guide, and the way round it', () => {
        const verdict = explainTest(test([ok('login'), failed('udp', 'transfer.udp-blocked'), ok('https')]));
        expect(verdict.headline).to.contain('codes 14/15/18');
        expect(verdict.details.join('\n')).to.contain('UDP: no').and.contain('HTTPS answers');
        expect(verdict.actions.map(({ action }) => action)).to.deep.equal(['network-settings']);
    });

    it('offers what concerns the account, where there is one', () => {
        const stages = [failed('login', 'transfer.authentication-failed')];
        const actions = (of: LiveTest): string[] => explainTest(of).actions.map(({ action }) => action);
        expect(actions(test(stages))).to.deep.equal(['log-in', 'edit-account']);
        expect(actions(test(stages, { accountId: undefined }))).to.deep.equal([]);
    });

    it('says that it goes on, and that it was cancelled', () => {
        expect(explainTest(test([], { endedMs: undefined })).headline).to.equal('Testing…');
        expect(explainTest(test([], { isCancelled: true })).headline).to.contain('cancelled');
    });
});
