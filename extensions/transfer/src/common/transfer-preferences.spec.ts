import { expect } from 'chai';
import {
    rateSettings,
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
            loggingLevel: 'info'
        });
    });

    it('give the same when nothing is set at all', () => {
        expect(transferSettings({})).to.deep.equal(transferSettings(defaults));
        expect(rateSettings({}, 'send')).to.deep.equal(rateSettings(defaults, 'send'));
    });

    it('survive a settings file with nonsense in it', () => {
        const nonsense = {
            'connect.transfers.queue.max': 0,
            'connect.transfers.retry.interval': 'soon' as unknown as number
        };
        expect(transferSettings(nonsense).queue.max).to.equal(1);
        expect(transferSettings(nonsense).retry.intervalMs).to.equal(30_000);
    });

    it('limit each direction by itself', () => {
        const values = { ...defaults, 'connect.bandwidth.manual.uploadLimit': 25 };
        expect(rateSettings(values, 'send').targetBps).to.equal(25e6);
        expect(rateSettings(values, 'receive').targetBps).to.equal(300e6);
    });

    it('describe every setting', () => {
        for (const [name, property] of Object.entries(transferPreferenceSchema.properties)) {
            expect(property.description, name).to.be.a('string').and.not.equal('');
        }
    });
});
