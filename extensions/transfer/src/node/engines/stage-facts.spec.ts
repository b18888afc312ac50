import { expect } from 'chai';
import { stageOf } from './stage-facts';

describe('stages in frames', () => {
    const frame = { Type: 'NOTIFICATION', 'X-Stage': 'tcp', 'X-StageMs': '38.2' };

    it('are read with what was seen', () => {
        const passed = { ...frame, 'X-StageResult': 'Passed', 'X-Address': '192.0.2.7', 'X-Port': '33001' };
        expect(stageOf(passed)).to.deep.equal({
            stage: 'tcp',
            tookMs: 38.2,
            facts: { address: '192.0.2.7', port: 33001 }
        });
        const session = { 'X-Stage': 'session', 'X-HttpsPort': '8443', 'X-HttpsFingerprint': 'SHA256:c' };
        expect(stageOf(session)?.facts).to.deep.equal({ httpsPort: 8443, httpsFingerprint: 'SHA256:c' });
    });

    it('are read with why they were not passed', () => {
        const failed = { ...frame, 'X-StageResult': 'Failed', Code: '12', Description: 'refused' };
        expect(stageOf({ ...failed, 'X-Code': 'transfer.connect-refused' })?.error).to.deep.include({
            code: 'transfer.connect-refused',
            message: 'refused'
        });
        expect(stageOf({ ...failed, 'X-Code': 'constructor' })?.error?.code).to.equal('internal');
    });

    it('are none in other frames, and none that nobody knows', () => {
        expect(stageOf({ Type: 'STATS' })).to.equal(undefined);
        expect(stageOf({ Type: 'NOTIFICATION', 'X-Stage': 'teleport' })).to.equal(undefined);
        expect(stageOf({ ...frame, 'X-Port': '-1', 'X-StageMs': 'soon' })).to.deep.equal({
            stage: 'tcp',
            tookMs: 0,
            facts: {}
        });
    });
});
