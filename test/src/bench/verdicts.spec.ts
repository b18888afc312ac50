import { expect } from 'chai';
import { RunRecord, ScenarioResult, ToolResult } from './results';
import { Verdict, verdicts } from './verdicts';

const run = (durationMs: number, more: Partial<RunRecord> = {}): RunRecord => ({
    ...{ round: 1, outcome: 'ok', durationMs, commandBps: 1e12 / durationMs },
    ...more
});
const tool = (id: string, ...runs: RunRecord[]): ToolResult => ({
    ...{ id, label: id, isOurs: id.startsWith('connect-cp'), runs }
});
const scenario = (group: string, label: string, more: Partial<ScenarioResult>): ScenarioResult => ({
    ...{ group, label, files: 1, sizeBytes: 1e6, notes: [], tools: [] },
    ...more
});
const judge = (label: string, ...scenarios: ScenarioResult[]): Verdict => {
    const found = verdicts({ scenarios, figures: [] }).find(one => one.label.includes(label));
    return found ?? expect.fail(`no verdict about ${label}`);
};

describe('benchmark verdicts', () => {
    const cell = (
        rttMs: number,
        lossPercent: number,
        goodputBps: number,
        more: Partial<RunRecord> = {}
    ): ScenarioResult =>
        scenario('fixed', `${rttMs} ms, ${lossPercent} %`, {
            ...{ rttMs, lossPercent, payloadLimitBps: 100 },
            tools: [tool('connect-cp', run(1000, { goodputBps, ...more })), tool('curl', run(1100))]
        });

    it('say that nothing was measured where nothing was', () => {
        for (const { isReached, value } of verdicts({ scenarios: [], figures: [] })) {
            expect({ isReached, value }).to.deep.equal({ isReached: undefined, value: 'not measured' });
        }
    });

    it('take the worst cell, with another bar at 200 ms', () => {
        const cells = [cell(20, 0, 99), cell(100, 1, 96.9), cell(200, 0, 95.1)];
        expect(judge('fixed, RTT below 200', ...cells)).to.include({
            value: '96.9 % in the worst of 2 cells (100 ms, 1 %)',
            isReached: false
        });
        expect(judge('fixed, RTT 200', ...cells).isReached).to.equal(true);
    });

    it('compare with the best peer', () => {
        expect(judge('whole command', cell(20, 0, 99))).to.deep.include({
            value: '1.10 × in the worst of 1 cells (20 ms, 0 %, curl)',
            isReached: true
        });
    });

    it('count what was sent in vain, and the round trips before the first data', () => {
        const near = cell(100, 0, 99, { wastedShare: 0.011, firstDataMs: 950 });
        const far = cell(200, 0, 99, { wastedShare: 0.002, firstDataMs: 1750 });
        expect(judge('beyond p', near, far)).to.include({ isReached: false });
        expect(judge('RTT 100 ms', near, far).value).to.equal('9.5 round trips (950 ms)');
        const short = cell(20, 0, 99, { firstDataMs: 200 });
        expect(judge('RTT 20 ms', short, near, far)).to.include({
            value: '10.0 round trips (200 ms)',
            isReached: false
        });
        expect(judge('difference', near, far)).to.include({
            value: '8.0 round trips and 150 ms of computing',
            isReached: true
        });
    });

    it('hold the clean path against the kernel, and plain dgram against ours', () => {
        const tools = [
            tool('connect-cp', run(1000, { goodputBps: 3e9 })),
            tool('connect-cp-dgram', run(4000, { goodputBps: 0.9e9 })),
            tool('scp', run(1500)),
            tool('curl', run(900)),
            tool('iperf3', run(5000, { commandBps: 7e9 }))
        ];
        const veth = scenario('clean', 'veth', { tools });
        const loopback = scenario('clean', 'loopback', { tools });
        expect(judge('veth: goodput of one TCP', veth)).to.include({ isReached: false });
        const commands = verdicts({ scenarios: [veth, loopback], figures: [] })
            .filter(({ label }) => label.includes('whole command against') && !label.startsWith('fixed'))
            .map(({ label, isReached }) => [label, isReached]);
        expect(commands, 'iperf3 moves no file; nobody has to be beaten without a network').to.deep.equal([
            ['veth: whole command against scp', true],
            ['veth: whole command against curl', false]
        ]);
        expect(judge('against plain dgram', loopback)).to.include({ value: '3.33 ×', isReached: true });
        expect(judge('goodput of plain', loopback)).to.include({ isReached: true });
    });

    it('compare trees with those that got to their end, near with far, and memory along the way', () => {
        const memory = { clientBytes: 9e7, serverBytes: 8e7, firstHalfBytes: 7e7, secondHalfBytes: 9e7 };
        const ours = (durationMs: number): ToolResult =>
            tool('connect-cp', run(durationMs, { firstDataMs: 1000, memory }));
        const peers = [tool('tar', run(2500)), tool('scp', run(100, { outcome: 'cut' }))];
        const near = scenario('trees', 'near', { rttMs: 1, files: 9, tools: [ours(2000), ...peers] });
        const far = scenario('trees', 'far', { rttMs: 100, files: 9, tools: [ours(2400), ...peers] });
        const many = scenario('trees', 'many', { files: 1e6, tools: [ours(3000), ...peers] });
        expect(judge('near: whole', near)).to.include({ value: '2.00 s; tar 2.50 s', isReached: true });
        expect(judge('beyond the handshake', near, far)).to.include({ value: '1.40 ×', isReached: false });
        expect(judge('many: whole', many)).to.include({ isReached: false });
        expect(judge('many: peak', many)).to.include({ value: '1.29 ×, at most 90 MB', isReached: false });
    });
});
