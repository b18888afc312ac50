import { expect } from 'chai';
import { renderMarkdown } from './report-markdown';
import { BenchResults, RunRecord, ScenarioResult, ToolResult } from './results';

const run = (commandMbps: number, more: Partial<RunRecord> = {}): RunRecord => ({
    round: 1,
    outcome: 'ok',
    durationMs: 800e6 / (commandMbps * 1000),
    commandBps: commandMbps * 1e6,
    ...more
});
const tool = (id: string, isOurs: boolean, runs: readonly RunRecord[]): ToolResult => ({
    ...{ id, label: id, isOurs, runs }
});
const cell = (tools: readonly ToolResult[], more: Partial<ScenarioResult> = {}): ScenarioResult => ({
    group: 'fixed',
    label: '100 ms, 1 %',
    files: 1,
    sizeBytes: 100e6,
    rttMs: 100,
    lossPercent: 1,
    payloadLimitBps: 280e6,
    tools,
    notes: [],
    ...more
});
const page = (scenarios: readonly ScenarioResult[], more: Partial<BenchResults> = {}): string =>
    renderMarkdown({
        kind: 'quick',
        startedAt: '2025-01-01T00:00:00Z',
        durationSec: 60,
        commit: 'abc',
        machine: { processor: 'a processor' },
        programs: { curl: 'curl 1' },
        scenarios,
        figures: [],
        leftOut: [],
        ...more
    });
const rowOf = (text: string, start: string): string[] =>
    (text.split('\n').find(line => line.startsWith(`| ${start}`)) ?? '')
        .split('|')
        .slice(1, -1)
        .map(part => part.trim());

describe('benchmark report', () => {
    const mine = tool('connect-cp', true, [
        run(200, { goodputBps: 270e6, firstDataMs: 500, wastedShare: 0.005 }),
        run(190, { goodputBps: 273e6, firstDataMs: 520, wastedShare: 0.004 }),
        run(210, { goodputBps: 275e6, firstDataMs: 480, wastedShare: 0.006 })
    ]);
    const slow = tool('slow', false, [run(1.5, { outcome: 'cut', note: 'cut after 20 s' })]);
    const fast = tool('fast', false, [run(100), run(120), run(90)]);

    it('compares with the limit and with the best peer', () => {
        expect(rowOf(page([cell([mine, slow, fast])]), '100 ms, 1 %')).to.deep.equal([
            ...['100 ms, 1 %', '100 MB', '280', '273 (270–275)', '97.5 %', '0.50 %', '500 ms, 5.0 RTT'],
            ...['200 (190–210)', 'fast: 100', '2.00 ×']
        ]);
    });

    it('shows every program in every cell, and which were cut', () => {
        const other = cell([mine], { label: '200 ms, 5 %' });
        const text = page([cell([mine, slow, fast]), cell([mine, fast], { label: '20 ms, 1 %' }), other]);
        expect(rowOf(text, 'program')).to.deep.equal(['program', '100 ms, 1 %', '20 ms, 1 %']);
        expect(rowOf(text, 'slow')).to.deep.equal(['slow', '1.50 (1.50–1.50) *cut*', '–']);
    });

    it('says how many files a second came, of a run that was cut those that had', () => {
        const files = (arrivedFiles: number | undefined): Partial<RunRecord> =>
            arrivedFiles === undefined ? {} : { outcome: 'cut', arrivedFiles };
        const second = (arrivedFiles?: number): RunRecord =>
            run(0, { durationMs: 1000, ...files(arrivedFiles) });
        const tree = cell([tool('connect-cp', true, [second()]), tool('slow', false, [second(20)])], {
            ...{ group: 'trees', label: 'empty files', files: 1000, sizeBytes: 0 }
        });
        const text = page([tree]);
        expect(rowOf(text, 'connect-cp')[2]).to.equal('1000 (1000–1000)');
        expect(rowOf(text, 'slow').slice(1, 3)).to.deep.equal(['1.00 (1.00–1.00) *cut*', '20 (20–20)']);
    });

    it('does not count starved and failed runs, and says why', () => {
        const unlucky = tool('connect-cp', true, [
            run(10, { outcome: 'starved', goodputBps: 1e6, note: 'ring_drop 3 (ab)' }),
            ...mine.runs
        ]);
        const text = page([
            cell([unlucky, tool('broken', false, [run(500, { outcome: 'failed', note: 'differ' })])])
        ]);
        expect(rowOf(text, '100 ms, 1 %')[3]).to.equal('273 (270–275)');
        expect(rowOf(text, '100 ms, 1 %')).to.have.length(8);
        expect(rowOf(text, 'broken')[1]).to.equal('✗');
        expect(text).to.contain('connect-cp, round 1: starved, ring_drop 3 (ab)');
    });

    it('tells times and memory of many files', () => {
        const memory = { clientBytes: 90e6, serverBytes: 120e6 };
        const trees = { group: 'trees', label: '10 files', files: 10 };
        const text = page([cell([tool('connect-cp', true, [run(100, { memory })]), fast], trees)]);
        expect(rowOf(text, 'connect-cp')).to.deep.equal([
            ...['connect-cp', '8.00 (8.00–8.00)', '1 (1–1)', '–', '120 MB']
        ]);
        expect(rowOf(text, 'fast')[3]).to.equal('1.00 ×');
    });

    it('names figures, what was left out, the machine and the programs', () => {
        const figure = {
            group: 'sharing',
            label: 'two flows',
            value: '50 and 50',
            reach: '≥ 25',
            isReached: false
        };
        const text = page([], { figures: [figure], leftOut: ['the moon: too far'] });
        expect(rowOf(text, 'two')).to.deep.equal(['two flows', '50 and 50', '≥ 25', '**no**']);
        expect(text)
            .to.contain('left out: the moon: too far')
            .and.contain('a processor')
            .and.contain('curl 1');
    });
});
