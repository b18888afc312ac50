import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { ConflictCollector, engineRules, MAX_NAMED_FILES } from './existing-files';
import { EXISTING_RULES, type ExistingRule } from './transfer-protocol';

const ROWS: ReadonlyArray<readonly [ExistingRule, boolean, boolean, string]> = [
    ['ask', false, false, 'report attributes'],
    ['overwrite', false, false, 'always attributes'],
    ['overwrite', true, false, 'diff full-checksum'],
    ['skip', true, false, 'never attributes'],
    ['rename', true, false, 'rename attributes'],
    ['resume', false, false, 'resume attributes'],
    ['if-newer', false, false, 'older attributes'],
    ['if-different', false, false, 'diff full-checksum'],
    ['ask', true, true, 'always none'],
    ['resume', true, true, 'always none'],
    ['skip', true, true, 'never none'],
    ['rename', false, true, 'rename none']
];

describe('rules for existing files', () => {
    for (const [rule, goesOn, fromStart, expected] of ROWS) {
        const run = fromStart ? 'a run from the beginning' : goesOn ? 'a later run' : 'the first run';
        it(`${rule} means ${expected} in ${run}`, () => {
            const { overwrite, resume } = engineRules(rule, goesOn, fromStart);
            expect(`${overwrite} ${resume}`).to.equal(expected);
        });
    }

    it('never touch what exists while the user has not been asked', () => {
        expect(engineRules('ask', true, false).overwrite).to.equal('report');
        expect(
            EXISTING_RULES.filter(rule => engineRules(rule, false, false).overwrite === 'report')
        ).to.deep.equal(['ask']);
    });

    it('become one question, however many files it is about', () => {
        const collector = new ConflictCollector();
        expect(collector.question).to.equal(undefined);
        collector.add({ path: 'x', error: new ConnectError('transfer.permission-denied', 'no') });
        expect(collector.question, 'other failures are no question').to.equal(undefined);
        for (let i = 0; i < 50; i++) {
            collector.add({
                path: `f${i}`,
                error: new ConnectError('transfer.target-differs', `f${i} is there`)
            });
        }
        expect(collector.question!.count).to.equal(50);
        expect(collector.question!.files).to.have.length(MAX_NAMED_FILES);
        expect(collector.question!.files[0]).to.deep.equal({ path: 'f0', message: 'f0 is there' });
    });
});
