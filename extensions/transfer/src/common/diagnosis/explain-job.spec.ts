import { ConnectError, ERROR_CATALOG, type ErrorCode, type StageReport } from '@connect/base';
import { expect } from 'chai';
import { newRecord, toJob } from '../job-record';
import type { Job, JobState } from '../transfer-protocol';
import { EvidenceRecorder, type JobEvidence } from './evidence';
import { explainJob, type Explanation } from './explain-job';
import { headlineOf, remedyFor } from './remedies';
import { STAGE_IDS, stageOfError } from './stages';

const record = newRecord({
    id: 'j',
    order: 1,
    name: 'raw',
    direction: 'send',
    sources: ['file:///raw'],
    target: 'connect://a/in',
    accountId: 'a',
    accountName: 'Server',
    createdMs: 0
});

const job = (state: JobState, more: Partial<Job> = {}): Job => ({
    ...toJob(record, { rateBps: 0, currentFile: '' }),
    state,
    ...more
});

const wire = (code: ErrorCode, message = 'it did not work') => new ConnectError(code, message).toWire();

function evidence(
    reports: ReadonlyArray<StageReport | string>,
    more: Partial<JobEvidence> = {}
): JobEvidence {
    const recorder = new EvidenceRecorder(0);
    reports.forEach((report, at) =>
        recorder.stage(
            typeof report === 'string'
                ? { stage: report as StageReport['stage'], tookMs: 10, facts: {} }
                : report,
            at
        )
    );
    return { ...recorder.evidence, ...more };
}

const explain = (given: Job, of?: JobEvidence, isPaused = false): Explanation =>
    explainJob(given, { evidence: of, isPaused, nowMs: 1000 });

const states = ({ rows }: Explanation): Record<string, string> =>
    Object.fromEntries(rows.map(({ id, state }) => [id, state]));

describe('explanation of a job', () => {
    it('shows how far a run came whose UDP is dropped, with times, and the way round it', () => {
        const of = evidence([
            { stage: 'name', tookMs: 3, facts: { address: '192.0.2.7' } },
            { stage: 'tcp', tookMs: 38, facts: { address: '192.0.2.7', port: 33001 } },
            'host-key',
            'login',
            { stage: 'session', tookMs: 40, facts: { software: 'connect-cp 1', httpsPort: 8443 } },
            {
                stage: 'udp',
                tookMs: 10_000,
                facts: { address: '192.0.2.7', port: 33001 },
                error: wire('transfer.udp-blocked', 'No answer over UDP within 10 s')
            }
        ]);
        const told = explain(job('failed', { error: wire('transfer.udp-blocked') }), of);
        expect(told.question).to.equal('Why did “raw” fail?');
        expect(told.headline).to.contain('codes 14/15/18 in the guide');
        expect(states(told)).to.deep.equal({
            name: 'ok',
            tcp: 'ok',
            'host-key': 'ok',
            login: 'ok',
            session: 'ok',
            udp: 'failed',
            https: 'not-tested',
            permission: 'not-reached',
            disk: 'not-reached'
        });
        const text = told.rows.flatMap(row => row.evidence).join('\n');
        expect(text)
            .to.contain('port 33001 answered after 38 ms')
            .and.contain('No answer over UDP within 10 s');
        expect(told.actions[0]).to.deep.equal({ action: 'retry-https', label: 'Retry over HTTPS Only' });
    });

    it('offers no HTTPS where the server has none, and says so', () => {
        const told = explain(job('failed', { error: wire('transfer.udp-blocked') }), evidence(['session']));
        const action = told.actions.find(each => each.action === 'retry-https');
        expect(action?.disabledReason).to.contain('does not answer by HTTPS');
    });

    it('infers what was not recorded from how far the run came', () => {
        const told = explain(
            job('failed', { error: wire('transfer.permission-denied', 'may not write /in') })
        );
        expect(states(told)).to.include({
            name: 'ok',
            login: 'ok',
            permission: 'failed',
            disk: 'not-reached'
        });
        expect(told.rows.find(({ id }) => id === 'permission')?.evidence).to.include('may not write /in');
        expect(told.actions.map(({ action }) => action).slice(0, 2)).to.deep.equal([
            'choose-folder',
            'retry'
        ]);
    });

    it('takes the reason of the files where some failed', () => {
        const files = [{ path: 'x/a.bin', error: wire('transfer.no-space', 'the disk is full') }];
        const told = explain(
            job('failed', { error: wire('transfer.some-files-failed', '1 file failed') }),
            evidence(['session', 'udp'], { files })
        );
        expect(states(told)).to.include({ udp: 'ok', disk: 'failed', permission: 'ok', https: 'not-tested' });
        expect(told.details.join('\n')).to.contain('x/a.bin: the disk is full');
    });

    it('tells of a wrong login what was passed before it, and how to log in again', () => {
        const of = evidence([
            'name',
            'tcp',
            'host-key',
            { stage: 'login', tookMs: 9, facts: {}, error: wire('transfer.authentication-failed') }
        ]);
        const told = explain(job('needs-user', { error: wire('transfer.authentication-failed') }), of);
        expect(states(told)).to.include({
            'host-key': 'ok',
            login: 'failed',
            session: 'not-reached',
            udp: 'not-reached'
        });
        expect(told.actions[0].action).to.equal('log-in');
    });

    it('gives every state that is not the end a reason', () => {
        const cases: ReadonlyArray<readonly [Explanation, RegExp]> = [
            [explain(job('queued', { position: 3 })), /turn, at place 3/],
            [explain(job('queued'), undefined, true), /paused/],
            [explain(job('queued', { hold: 'disk-space' })), /almost full/],
            [explain(job('queued', { hold: 'battery' })), /on battery power/],
            [explain(job('queued', { hold: 'metered' })), /metered connection/],
            [explain(job('transferring')), /No data arrives/],
            [explain(job('transferring', { rateBps: 5 }), evidence(['https'])), /over HTTPS/],
            [explain(job('transferring', { checking: true })), /checks what is at the target/],
            [explain(job('preparing')), /runs/],
            [explain(job('stopped')), /stopped on request/],
            [explain(job('completed', { verified: true })), /complete/],
            [explain(job('completed', { filesSkipped: 1 })), /Nothing had to be transferred/]
        ];
        for (const [told, headline] of cases) {
            expect(told.headline).to.match(headline);
            expect(told.actions, told.question).not.to.be.empty;
        }
        expect(explain(job('transferring')).question).to.equal('How is “raw” doing?');
        expect(explain(job('completed')).question).to.equal('What became of “raw”?');
        const held = explain(job('queued', { hold: 'battery', automatic: true }), undefined, true);
        expect(held.actions.map(({ action }) => action)).to.deep.equal([
            'start-anyway',
            'bandwidth-settings'
        ]);
        expect(held.details[0]).to.match(/^Automatic transfers wait then/);
        const unproved = explain(job('completed', { unverified: 'nobody compared it' }));
        expect(unproved.details.join(' ')).to.contain('not verified: nobody compared it');
        const inForce = { targetBps: 5e6, minBps: 0, policy: 'fair', maxBps: 5e6 } as const;
        const limited = { ...inForce, isTargetLocked: false, isPolicyLocked: false };
        const slow = explain(job('transferring', { rateBps: 5, inForce: limited }));
        expect(slow.details.join(' ')).to.contain('grants this user 5 Mbps');
        const retrying = explain(
            job('retrying', { error: wire('transfer.connection-lost'), retryAtMs: 25_000 })
        );
        expect(retrying.details.join(' ')).to.contain('tried again by itself in 0:24');
    });

    it('offers the usual way to a job that was told to go over HTTPS', () => {
        const told = explain(
            job('failed', { error: wire('transfer.connection-lost'), wantedEngineId: 'https' })
        );
        expect(told.actions.map(({ action }) => action)).to.include('retry-usual');
    });

    it('knows for every error of the catalogue a stage, a remedy and the code of the guide', () => {
        for (const code of Object.keys(ERROR_CATALOG) as ErrorCode[]) {
            const { likely, help, actions, guideCodes } = remedyFor(code);
            expect(likely, code).not.to.equal('');
            expect(help, code).not.to.equal('');
            expect(actions, code).not.to.be.empty;
            expect(guideCodes, code).to.include(ERROR_CATALOG[code].ascp);
            expect(headlineOf(code)).to.contain(String(ERROR_CATALOG[code].ascp));
            expect([undefined, ...STAGE_IDS]).to.include(stageOfError(code));
        }
    });
});
