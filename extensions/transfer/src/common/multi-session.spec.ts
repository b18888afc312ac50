import { expect } from 'chai';
import { sessionPlan } from './multi-session';
import { transferPreferenceSchema, type TransferConfiguration } from './transfer-preferences';

const defaults = Object.fromEntries(
    Object.entries(transferPreferenceSchema.properties).map(([name, property]) => [name, property.default])
) as unknown as TransferConfiguration;
const enabled = { ...defaults, 'connect.transfers.multiSession.enabled': true };

describe('several sessions', () => {
    it('are off until they are asked for', () => {
        expect(sessionPlan(defaults, 10e9)).to.equal(undefined);
        expect(sessionPlan({}, 10e9)).to.equal(undefined);
    });

    it('are for fast transfers, with the defaults that users of the original know', () => {
        const plan = { sessions: 3, splitBytes: 60_000_000, startupIntervalSec: 1 };
        expect(sessionPlan(enabled, 700e6)).to.deep.equal(plan);
        expect(sessionPlan({ 'connect.transfers.multiSession.enabled': true }, 700e6)).to.deep.equal(plan);
        expect(sessionPlan(enabled, 699e6)).to.equal(undefined);
    });

    it('follow the settings, as far as they make sense', () => {
        const values = {
            ...enabled,
            'connect.transfers.multiSession.sessions': 4.7,
            'connect.transfers.multiSession.threshold': 0,
            'connect.transfers.multiSession.splitLargerThan': 0.5,
            'connect.transfers.multiSession.startupInterval': 'soon' as unknown as number
        };
        expect(sessionPlan(values, 1)).to.deep.equal({
            sessions: 4,
            splitBytes: 500_000,
            startupIntervalSec: 1
        });
        expect(sessionPlan({ ...enabled, 'connect.transfers.multiSession.sessions': 1 }, 1e9)).to.equal(
            undefined
        );
    });
});
