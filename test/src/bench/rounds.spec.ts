import { expect } from 'chai';
import { RunRecord } from './results';
import { Contestant, playRounds } from './rounds';

const run = (round: number, outcome: RunRecord['outcome'] = 'ok'): RunRecord => ({
    round,
    outcome,
    durationMs: 1,
    commandBps: 1
});

function contestant(
    id: string,
    rounds: number,
    log: string[],
    outcomes: RunRecord['outcome'][] = []
): Contestant {
    return {
        id,
        rounds,
        run: round => {
            log.push(`${id}${round}`);
            return Promise.resolve(run(round, outcomes.shift()));
        }
    };
}

const always = { maxRepeats: 2, mayGoOn: () => true };

describe('rounds of the benchmark', () => {
    it('are played in turn', async () => {
        const log: string[] = [];
        await playRounds([contestant('a', 3, log), contestant('b', 2, log)], always);
        expect(log).to.deep.equal(['a1', 'b1', 'a2', 'b2', 'a3']);
    });

    it('repeat a starved run at once, so often and no more', async () => {
        const log: string[] = [];
        const starving: RunRecord['outcome'][] = ['starved', 'ok', 'starved', 'starved', 'starved'];
        const played = await playRounds([contestant('a', 2, log, starving), contestant('b', 1, log)], always);
        expect(log).to.deep.equal(['a1', 'a1', 'b1', 'a2', 'a2', 'a2']);
        expect(played.get('a')!.map(({ outcome }) => outcome)).to.deep.equal([
            'starved',
            'ok',
            'starved',
            'starved',
            'starved'
        ]);
    });

    it('end when the time is over', async () => {
        const log: string[] = [];
        await playRounds([contestant('a', 3, log), contestant('b', 3, log)], {
            maxRepeats: 2,
            mayGoOn: () => log.length < 3
        });
        expect(log).to.deep.equal(['a1', 'b1', 'a2']);
    });
});
