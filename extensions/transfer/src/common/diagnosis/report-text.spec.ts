import { expect } from 'chai';
import { pathEvidence } from './path-evidence';
import { REPORT_NOTE, reportText, withoutSecrets } from './report-text';

describe('diagnostic report', () => {
    const text = reportText(
        {
            madeMs: 0,
            versions: ['Connect 0.1.0'],
            subject: ['Transfer: raw, /raw -> Server:/in'],
            explanation: {
                question: 'Why did “raw” fail?',
                headline: 'No permission (code 5 in the guide)',
                details: ['may not write /in'],
                rows: [
                    {
                        id: 'tcp',
                        title: 'TCP',
                        state: 'ok',
                        evidence: ['192.0.2.7 port 33001 answered after 38 ms']
                    },
                    { id: 'disk', title: 'Disk', state: 'not-reached', evidence: [] }
                ],
                actions: []
            },
            runMs: 1000,
            test: {
                testId: 't',
                subjectName: 'Server (192.0.2.7)',
                startedMs: 2000,
                isCancelled: false,
                stages: [{ stage: 'udp', state: 'failed', evidence: ['40 probes sent, 0 arrived'] }]
            },
            log: [{ atMs: 3000, text: 'login with hunter22 by ana to /home/ana' }]
        },
        epochMs => new Date(epochMs).toISOString()
    );

    it('has versions, stages, evidence, test and log, and says what else is in it', () => {
        expect(text.split('\n')).to.include.members([
            'Connect 0.1.0',
            REPORT_NOTE,
            'No permission (code 5 in the guide)',
            'Stages of the last run, 1970-01-01T00:00:01.000Z',
            '  OK          TCP',
            '              192.0.2.7 port 33001 answered after 38 ms',
            '  Not reached Disk',
            '  Failed      UDP',
            '              40 probes sent, 0 arrived',
            '1970-01-01T00:00:03.000Z login with hunter22 by ana to /home/ana'
        ]);
    });

    it('loses passwords, tokens and keys in every form, and keeps names', () => {
        const key = '-----BEGIN KEY-----\nAAAAB3NzaC1yc2E\nq83vEjRWeJ\n-----END KEY-----';
        const said = [
            'pw p@ss wörd, http://ana:p%40ss%20w%C3%B6rd@proxy, Basic cEBzcyB3w7ZyZA==',
            'token tok-123456 and q83vEjRWeJ of the key by ana in /home/ana'
        ].join('\n');
        const clean = withoutSecrets(said, ['p@ss wörd', 'tok-123456', key]);
        expect(clean).not.to.match(/p@ss|p%40ss|cEBzcyB3w7ZyZA|tok-123456|q83vEjRWeJ/);
        expect(clean).to.contain('by ana in /home/ana').and.contain('@proxy');
    });

    it('is not taken to pieces by a password of one letter, or none', () => {
        expect(withoutSecrets('a cat', ['a', ''])).to.equal('a cat');
    });

    it('tells what datagrams found', () => {
        const found = {
            packetsSent: 42,
            packetsArrived: 41,
            lossPercent: 5,
            minRttMs: 38.2,
            averageRttMs: 40.7
        };
        expect(pathEvidence('192.0.2.7 port 33001', { ...found, packetBytes: 1500 })).to.deep.equal([
            '42 probes sent to 192.0.2.7 port 33001, 41 arrived',
            'Round trip 38 ms, 41 ms on average',
            'Loss 5 %',
            'IP packets of 1500 bytes pass'
        ]);
        expect(pathEvidence('h', { packetsSent: 20, packetsArrived: 0 })).to.deep.equal([
            '20 probes sent to h, 0 arrived'
        ]);
    });
});
