import { ConnectError, StageReport } from '@connect/base';
import { expect } from 'chai';
import type { HelloMessage } from '../control/control-protocol';
import { SessionStages } from './session-stages';

describe('stages of a session', () => {
    let told: StageReport[];
    let stages: SessionStages;
    const https = { port: 8443, fingerprint: 'SHA256:c', token: 'never told' };
    const path = { address: '192.0.2.7', port: 33001 };

    beforeEach(() => {
        told = [];
        let now = 0;
        stages = new SessionStages(
            report => told.push(report),
            () => (now += 5)
        );
    });

    const summary = (): string[] => told.map(({ stage, error }) => `${stage} ${error?.code ?? 'passed'}`);
    const failure = (code: 'transfer.udp-blocked' | 'transfer.udp-stalled' | 'transfer.engine-missing') =>
        new ConnectError(code, 'why');

    it('go from the login to the first datagram', () => {
        stages.loggedIn();
        stages.agreed({ software: 'connect-server 1', https } as HelloMessage, path);
        stages.answered();
        stages.answered();
        expect(told).to.deep.equal([
            {
                stage: 'session',
                tookMs: 5,
                facts: { software: 'connect-server 1', httpsPort: 8443, httpsFingerprint: 'SHA256:c' }
            },
            { stage: 'udp', tookMs: 5, facts: path }
        ]);
    });

    it('end at UDP that nobody answers', () => {
        stages.loggedIn();
        stages.agreed({ software: 's' } as HelloMessage, path);
        stages.ended(failure('transfer.udp-blocked'));
        expect(summary()).to.deep.equal(['session passed', 'udp transfer.udp-blocked']);
        expect(told[1]!.facts).to.deep.equal(path);
    });

    it('tell that UDP went dead later on', () => {
        stages.loggedIn();
        stages.agreed({ software: 's' } as HelloMessage, path);
        stages.answered();
        stages.ended(failure('transfer.udp-stalled'));
        expect(summary()).to.include('udp transfer.udp-stalled');
    });

    it('end at a server that begins no session', () => {
        stages.loggedIn();
        stages.ended(failure('transfer.engine-missing'));
        expect(summary()).to.deep.equal(['session transfer.engine-missing']);
    });

    it('say nothing of a login that failed: that was said; nor of a stop, nor of files', () => {
        stages.ended(new ConnectError('transfer.authentication-failed', 'no'));
        stages.loggedIn();
        stages.ended(new ConnectError('cancelled', 'stopped'));
        expect(summary()).to.deep.equal([]);
    });
});
