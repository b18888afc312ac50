import { expect } from 'chai';
import { PAYLOAD_SHARE, payloadLimitBps, wastedShare } from './payload-limit';

describe('payload limit', () => {
    it('leaves out every header of a full packet', () => {
        expect(PAYLOAD_SHARE).to.be.closeTo(1444 / 1500, 1e-12);
    });

    it('shrinks with the loss', () => {
        expect(payloadLimitBps(300e6, 0)).to.be.closeTo(288.8e6, 1);
        expect(payloadLimitBps(300e6, 10)).to.be.closeTo(259.92e6, 1);
    });

    it('counts no repetition as waste that a loss made necessary', () => {
        expect(wastedShare(1000 / PAYLOAD_SHARE, 900, 0.1)).to.be.closeTo(0, 1e-12);
        expect(wastedShare(1020 / PAYLOAD_SHARE, 1000, 0)).to.be.closeTo(0.02, 1e-12);
    });
});
