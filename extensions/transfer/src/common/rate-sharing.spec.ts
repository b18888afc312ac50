import type { RateSettings, TransferDirection } from '@connect/api';
import { expect } from 'chai';
import { LEAST_BPS, shareRates, wantedRate, type RunningJob } from './rate-sharing';

const DEFAULTS: RateSettings = { targetBps: 300e6, minBps: 0, policy: 'fixed' };
const job = (
    id: string,
    direction: TransferDirection,
    automatic: boolean,
    wanted = DEFAULTS
): RunningJob => ({
    id,
    direction,
    automatic,
    wanted
});
const targets = (jobs: RunningJob[], limits: Parameters<typeof shareRates>[1]): Record<string, number> =>
    Object.fromEntries([...shareRates(jobs, limits)].map(([id, rate]) => [id, rate.targetBps / 1e6]));

describe('rates of running jobs', () => {
    it('share one limit per direction and kind of start', () => {
        const jobs = [
            job('up1', 'send', false),
            job('up2', 'send', false),
            job('down', 'receive', false),
            job('sync1', 'send', true),
            job('sync2', 'send', true),
            job('inbox', 'receive', true)
        ];
        const limits = { manual: { send: 100e6 }, automatic: { send: 10e6, receive: 4e6 } };
        expect(targets(jobs, limits)).to.deep.equal({
            up1: 50,
            up2: 50,
            down: 300,
            sync1: 5,
            sync2: 5,
            inbox: 4
        });
    });

    it('keep a minimum as long as it fits, and never one above the target', () => {
        const jobs = [job('a', 'send', false, { ...DEFAULTS, minBps: 80e6 }), job('b', 'send', false)];
        expect(targets(jobs, { manual: { send: 100e6 }, automatic: {} })).to.deep.equal({ a: 80, b: 20 });
        const [rate] = shareRates([jobs[0]], { manual: { send: 8e6 }, automatic: {} }).values();
        expect(rate).to.deep.equal({ targetBps: 8e6, minBps: 8e6, policy: 'fixed' });
    });

    it('are what was set for the job, else the settings', () => {
        expect(wantedRate(DEFAULTS, {})).to.deep.equal(DEFAULTS);
        expect(wantedRate(DEFAULTS, { targetBps: 5e6, minBps: 9e6, policy: 'fair' })).to.deep.equal({
            targetBps: 5e6,
            minBps: 5e6,
            policy: 'fair'
        });
    });

    it('are never nothing', () => {
        const many = Array.from({ length: 10 }, (_, i) => job(`j${i}`, 'send', false));
        const rates = shareRates(many, { manual: { send: 100 }, automatic: {} });
        expect(new Set([...rates.values()].map(rate => rate.targetBps))).to.deep.equal(new Set([LEAST_BPS]));
    });
});
