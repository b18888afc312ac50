import { expect } from 'chai';
import {
    currentLimits,
    defaultRate,
    transferPreferenceSchema,
    transferSettings,
    type TransferConfiguration
} from './transfer-preferences';

const defaults = Object.fromEntries(
    Object.entries(transferPreferenceSchema.properties).map(([name, property]) => [name, property.default])
) as unknown as TransferConfiguration;

describe('transfer preferences', () => {
    it('have the defaults that users of the original know', () => {
        expect(transferSettings(defaults)).to.deep.equal({
            queue: { enabled: true, max: 3 },
            retry: { enabled: true, attempts: 3, intervalMs: 30_000 },
            removeCompleted: false,
            loggingLevel: 'info',
            existing: 'ask',
            diskSpacePercent: 5,
            power: { battery: 'no-change', metered: 'no-change' }
        });
    });

    it('give the same when nothing is set at all', () => {
        expect(transferSettings({})).to.deep.equal(transferSettings(defaults));
        expect(defaultRate({})).to.deep.equal(defaultRate(defaults));
        expect(currentLimits({}, 0, 'UTC')).to.deep.equal(currentLimits(defaults, 0, 'UTC'));
    });

    it('survive a settings file with nonsense in it', () => {
        const nonsense = {
            'connect.transfers.queue.max': 0,
            'connect.transfers.existingFiles': 'maybe' as never,
            'connect.transfers.retry.interval': 'soon' as unknown as number
        };
        expect(transferSettings(nonsense).queue.max).to.equal(1);
        expect(transferSettings(nonsense).existing).to.equal('ask');
        expect(transferSettings(nonsense).retry.intervalMs).to.equal(30_000);
    });

    it('limit each direction, and what was started by hand and automatically, by itself', () => {
        expect(currentLimits(defaults, 0, 'UTC').limits).to.deep.equal({
            manual: { send: undefined, receive: undefined },
            automatic: { send: undefined, receive: undefined }
        });
        const values = {
            ...defaults,
            'connect.bandwidth.manual.uploadLimit': 25,
            'connect.bandwidth.automatic.downloadLimit': 0.5
        };
        expect(currentLimits(values, 0, 'UTC')).to.deep.equal({
            limits: {
                manual: { send: 25e6, receive: undefined },
                automatic: { send: undefined, receive: 500_000 }
            },
            scheduled: false,
            nextChangeMs: undefined
        });
    });

    it('follow the schedule, and know until when', () => {
        const values = {
            ...defaults,
            'connect.bandwidth.manual.uploadLimit': 25,
            'connect.bandwidth.schedule': [{ from: '00:00', to: '01:00', upload: 5 }]
        };
        const night = currentLimits(values, 0, 'UTC');
        expect(night).to.deep.include({ scheduled: true, nextChangeMs: 3_600_000 });
        expect(night.limits.manual.send).to.equal(5e6);
        const day = currentLimits(values, 3_600_000, 'UTC');
        expect(day).to.deep.include({ scheduled: false, nextChangeMs: 86_400_000 });
        expect(day.limits.manual.send).to.equal(25e6);
    });

    it('take an unknown rule for battery and connection for none', () => {
        const power = (value: unknown): unknown =>
            transferSettings({ 'connect.bandwidth.onBattery': value as 'pause-all' }).power;
        expect(power('pause-all')).to.deep.equal({ battery: 'pause-all', metered: 'no-change' });
        expect(power('sleep')).to.deep.equal({ battery: 'no-change', metered: 'no-change' });
        expect(power(undefined)).to.deep.equal({ battery: 'no-change', metered: 'no-change' });
    });

    it('describe every setting', () => {
        for (const [name, property] of Object.entries(transferPreferenceSchema.properties)) {
            expect(property.description ?? property.markdownDescription, name)
                .to.be.a('string')
                .and.not.equal('');
        }
    });
});
