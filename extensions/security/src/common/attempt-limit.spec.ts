import { expect } from 'chai';
import { AttemptLimit } from './attempt-limit';

describe('limit of login attempts', () => {
    it('looks at no attempt after too many failures, until the oldest is over', () => {
        const limit = new AttemptLimit(2, 1000);
        limit.failed(0);
        expect(limit.waitMs(10)).to.equal(0);
        limit.failed(400);
        expect(limit.waitMs(500)).to.equal(500);
        expect(limit.waitMs(1001)).to.equal(0);
        limit.failed(1001);
        expect(limit.waitMs(1002)).to.equal(398);
    });
});
