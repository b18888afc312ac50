import { expect } from 'chai';
import { YoungSpaceLimit } from './young-space';

describe('YoungSpaceLimit', () => {
    it('lets the space grow to 32 MiB, then stops it, once', () => {
        let mebibytes = 1;
        let stops = 0;
        const limit = new YoungSpaceLimit({
            bytes: () => mebibytes * 1024 * 1024,
            stopGrowth: () => (stops += 1)
        });
        for (mebibytes of [1, 4, 16]) {
            limit.look();
        }
        expect(stops).to.equal(0);
        for (mebibytes of [32, 32, 64]) {
            limit.look();
        }
        expect(stops).to.equal(1);
    });
});
