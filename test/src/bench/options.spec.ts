import { expect } from 'chai';
import { GROUPS, parseBenchOptions } from './options';
import { WHOLE } from './scenarios';

const HOURS_MS = 3_600_000;

describe('options of the benchmark', () => {
    it('are the whole plan without words', () => {
        const options = parseBenchOptions([]);
        expect(options.plan).to.deep.equal(WHOLE);
        expect(options).to.include({ isChosen: false, help: false });
    });

    it('keep both plans within their time', () => {
        expect(WHOLE.budgetMs).to.be.lessThan(2 * HOURS_MS);
        expect(parseBenchOptions(['--quick']).plan.budgetMs).to.be.lessThan(480_000);
    });

    it('measure peers three times and ours five times in the cells that must be compared', () => {
        const compared = WHOLE.cells.filter(
            ({ policy, peerRounds }) => policy === 'fixed' && peerRounds >= 3
        );
        expect(compared.map(({ rttMs, lossPercent }) => `${rttMs}/${lossPercent}`)).to.include.members([
            ...['20/1', '100/0', '100/1', '100/5', '200/1', '200/5']
        ]);
        expect(WHOLE.cells.every(({ ourRounds }) => ourRounds >= 5)).to.equal(true);
    });

    it('choose cells, size, rounds and groups', () => {
        const { plan, groups, isChosen } = parseBenchOptions([
            ...['--only', 'cells,trees', '--cells', '100/1', '--size', '20', '--rounds', '2']
        ]);
        expect(groups).to.deep.equal(['cells', 'trees']);
        expect(
            plan.cells.map(({ policy, ourRounds, peerRounds, sizeBytes }) => [
                policy,
                ourRounds,
                peerRounds,
                sizeBytes
            ])
        ).to.deep.equal([
            ['fixed', 2, 2, 20e6],
            ['fair', 2, 0, 20e6]
        ]);
        expect(isChosen).to.equal(true);
    });

    it('run everything unless told otherwise', () => {
        expect(parseBenchOptions(['--quick']).groups).to.deep.equal([...GROUPS]);
    });

    for (const args of [['--only', 'cell'], ['--size', '-1'], ['--rounds', 'x'], ['--what']]) {
        it(`refuse ${args.join(' ')}`, () => {
            expect(() => parseBenchOptions(args)).to.throw();
        });
    }
});
