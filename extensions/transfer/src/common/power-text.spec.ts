import { expect } from 'chai';
import { powerRemark } from './power-text';

describe('what is said of power', () => {
    it('is nothing before it was looked at, and that it is not known where it is not', () => {
        expect(powerRemark(undefined, 'battery')).to.equal(undefined);
        const power = { onBattery: true, waits: [] };
        expect(powerRemark(power, 'battery')).to.match(/is on battery/);
        expect(powerRemark(power, 'metered')).to.match(/cannot be told here/);
        expect(powerRemark({ onBattery: false, metered: true, waits: [] }, 'battery')).to.match(/is not on/);
        expect(powerRemark({ metered: true, waits: [] }, 'metered')).to.match(/is metered now/);
    });
});
