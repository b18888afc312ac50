import { ConnectError, ERROR_CATALOG, type ErrorCode } from '@connect/base';
import { expect } from 'chai';
import { afterFailure, MAX_RETRY_DELAY_MS, retryDelayMs } from './retry-policy';

const settings = { enabled: true, attempts: 3, intervalMs: 30_000 };
const lost = new ConnectError('transfer.connection-lost', 'gone');

describe('retry policy', () => {
    it('decides by the kind of the error, for every code there is', () => {
        const expected = { transient: 'retry-later', permanent: 'fail', 'needs-user': 'ask-user' };
        for (const code of Object.keys(ERROR_CATALOG) as ErrorCode[]) {
            const decision = afterFailure(new ConnectError(code, 'x'), 0, false, settings);
            expect(decision.event, code).to.equal(expected[ERROR_CATALOG[code].kind]);
        }
    });

    it('waits the interval, then twice as long each time, and gives up after the attempts', () => {
        expect(afterFailure(lost, 0, false, settings)).to.include({
            event: 'retry-later',
            delayMs: 30_000,
            attempt: 1
        });
        expect(afterFailure(lost, 1, false, settings)).to.include({
            event: 'retry-later',
            delayMs: 60_000,
            attempt: 2
        });
        expect(afterFailure(lost, 2, false, settings)).to.include({
            event: 'retry-later',
            delayMs: 120_000,
            attempt: 3
        });
        expect(afterFailure(lost, 3, false, settings)).to.deep.equal({ event: 'fail', attempt: 4 });
    });

    it('counts anew after a run that brought bytes', () => {
        expect(afterFailure(lost, 3, true, settings)).to.include({ event: 'retry-later', attempt: 1 });
    });

    it('does not retry when told so', () => {
        expect(afterFailure(lost, 0, false, { ...settings, enabled: false }).event).to.equal('fail');
    });

    it('caps the wait, but never below the interval', () => {
        expect(retryDelayMs(50, 30_000)).to.equal(MAX_RETRY_DELAY_MS);
        expect(retryDelayMs(1, 3_600_000)).to.equal(3_600_000);
        expect(retryDelayMs(4, 3_600_000)).to.equal(3_600_000);
    });
});
