import { expect } from 'chai';
import { bestPeer, BenchResults, mergeResults, RunRecord, ScenarioResult } from './results';

const run = (commandBps: number, outcome: RunRecord['outcome'] = 'ok'): RunRecord => ({
    ...{ round: 1, outcome, durationMs: 1000, commandBps }
});
const scenario = (label: string, commandBps = 1): ScenarioResult => ({
    ...{ group: 'fixed', label, files: 1, sizeBytes: 1, notes: [] },
    tools: [
        { id: 'connect-cp', label: 'connect-cp', isOurs: true, runs: [run(999)] },
        { id: 'slow', label: 'slow', isOurs: false, runs: [run(commandBps), run(commandBps)] },
        { id: 'fast', label: 'fast', isOurs: false, runs: [run(commandBps * 2), run(500, 'starved')] },
        { id: 'wrong', label: 'wrong', isOurs: false, runs: [run(800, 'failed')] }
    ]
});
const results = (kind: BenchResults['kind'], scenarios: readonly ScenarioResult[]): BenchResults => ({
    ...{ kind, startedAt: '', durationSec: 5, commit: kind, machine: {}, programs: {} },
    ...{ scenarios, figures: [], leftOut: [] }
});

describe('benchmark results', () => {
    it('name the fastest peer among the runs that count', () => {
        expect(bestPeer(scenario('a', 10))?.tool.id).to.equal('fast');
        expect(bestPeer(scenario('a', 10))?.rates.median).to.equal(20);
    });

    it('put a later run in the place of what it measured again', () => {
        const later = results('chosen', [scenario('b', 7), scenario('c', 8)]);
        const merged = mergeResults(results('whole', [scenario('a', 1), scenario('b', 2)]), later);
        expect(merged.scenarios.map(({ label }) => label)).to.deep.equal(['a', 'b', 'c']);
        expect(merged.scenarios[1]).to.deep.equal(scenario('b', 7));
        expect(merged).to.include({ kind: 'whole', durationSec: 10, commit: 'whole, chosen' });
    });

    it('name every machine that parts of them come from, once', () => {
        const on = (processor: string, system = 'Debian'): BenchResults => ({
            ...results('chosen', [scenario('a')]),
            machine: { processor, system }
        });
        const merged = mergeResults(mergeResults(on('one'), on('other')), on('one'));
        expect(merged.machine).to.deep.equal({ processor: 'one; other', system: 'Debian' });
    });

    it('keep what was measured before when no run counts this time', () => {
        const starved = {
            ...scenario('a', 3),
            tools: [{ ...scenario('a').tools[0], runs: [run(1, 'starved')] }]
        };
        const merged = mergeResults(results('whole', [scenario('a', 1)]), results('chosen', [starved]));
        expect(merged.scenarios).to.deep.equal([scenario('a', 1)]);
    });

    it('remember what was left out until it is made', () => {
        const left = (...leftOut: string[]): Partial<BenchResults> => ({ leftOut });
        const earlier = {
            ...results('whole', [scenario('a', 1)]),
            ...left('fixed: b (the time was over)', 'fixed: c, the rest (the time was over)', 'fair: b (why)')
        };
        const later = {
            ...results('chosen', [scenario('b', 7), scenario('c', 8)]),
            ...left('many: d (why)')
        };
        expect(mergeResults(earlier, later).leftOut).to.deep.equal(['fair: b (why)', 'many: d (why)']);
    });
});
