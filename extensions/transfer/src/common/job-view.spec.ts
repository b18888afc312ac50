import { expect } from 'chai';
import { transition } from './job-lifecycle';
import { newRecord, toJob } from './job-record';
import {
    announcement,
    canDo,
    detour,
    mainAction,
    amountText,
    doneText,
    percentDone,
    percentText,
    placesOf,
    progressText,
    stateView,
    summaryText,
    type JobAction,
    queueText,
    ruleChoices
} from './job-view';
import { EXISTING_RULES, JOB_STATES, type Job, type JobState, type PowerWait } from './transfer-protocol';

const job = (facts: Partial<Job> = {}): Job => ({
    ...toJob(
        newRecord({
            id: 'j',
            order: 1,
            name: 'reel.mov',
            direction: 'receive',
            sources: ['connect://demo/Media/reel.mov'],
            target: 'file:///home/u/My%20Work',
            accountId: 'demo',
            accountName: 'Demo',
            createdMs: 0,
            stagingId: undefined
        }),
        { rateBps: 0, currentFile: '' }
    ),
    ...facts
});

describe('job view', () => {
    const states: Array<[Partial<Job>, string]> = [
        [{ state: 'queued', position: 2 }, 'Queued #2'],
        [{ state: 'retrying', attempt: 2, retryAtMs: 24_000 }, 'Retrying 2/3 in 0:24'],
        [{ state: 'retrying', attempt: 2, retryAtMs: -5 }, 'Retrying 2/3 in 0:00'],
        [{ state: 'completed', verified: true }, 'Completed, verified'],
        [{ state: 'completed' }, 'Completed'],
        [
            { state: 'completed', unverified: 'nobody compared it' },
            'Completed, not verified: nobody compared it'
        ],
        [{ state: 'completed', filesSkipped: 2 }, 'Skipped'],
        [{ state: 'completed', verified: true, filesDone: 1, filesSkipped: 2 }, 'Completed, verified'],
        [{ state: 'transferring', filesSkipped: 2 }, 'Transferring'],
        [{ state: 'transferring', checking: true }, 'Checking existing data'],
        [{ state: 'transferring', checking: true, checkedPercent: 43 }, 'Checking existing data 43 %'],
        [{ state: 'finishing', checking: true }, 'Finishing'],
        [{ state: 'needs-user' }, 'Needs answer'],
        [
            { state: 'needs-user', question: { kind: 'existing-files', count: 3, files: [] } },
            'Needs answer (3)'
        ],
        [{ state: 'queued', hold: 'disk-space', position: 1 }, 'Paused, disk almost full'],
        [{ state: 'queued', hold: 'battery', position: 1 }, 'Waits: on battery power'],
        [{ state: 'queued', hold: 'metered', position: 1 }, 'Waits: on a metered connection']
    ];
    for (const [facts, text] of states) {
        it(`says "${text}"`, () => expect(stateView(job(facts), 0, 3).text).to.equal(text));
    }

    it('says of queued transfers that all are paused', () => {
        expect(stateView(job({ state: 'queued', position: 2 }), 0, 3, true).text).to.equal('Paused #2');
        expect(stateView(job({ state: 'transferring' }), 0, 3, true).text).to.equal('Transferring');
    });

    it('says what holds for all transfers, or nothing', () => {
        const none = { limits: { manual: {}, automatic: {} }, scheduled: false };
        const time = (epochMs: number): string => `time ${epochMs}`;
        expect(queueText(none, time)).to.equal('');
        expect(queueText({ ...none, paused: {} }, time)).to.equal('paused');
        const limits = { manual: { send: 5e6, receive: 1e8 }, automatic: { receive: 1e6 } };
        expect(queueText({ limits, scheduled: true, paused: { untilMs: 7 } }, time)).to.equal(
            'paused until time 7 · limits ↑5 Mbps ↓100 Mbps, automatic ↓1 Mbps by schedule'
        );
    });

    it('says what waits because of battery or connection', () => {
        const none = { limits: { manual: {}, automatic: {} }, scheduled: false };
        const told = (...waits: PowerWait[]): string => queueText({ ...none, power: { waits } }, String);
        expect(told()).to.equal('');
        expect(told({ reason: 'battery', which: 'automatic' })).to.equal(
            'automatic transfers wait: on battery power'
        );
        expect(told({ reason: 'battery', which: 'all' }, { reason: 'metered', which: 'automatic' })).to.equal(
            'transfers wait: on battery power · automatic transfers wait: on a metered connection'
        );
    });

    it('offers every answer about existing files, the harmless one first', () => {
        expect(
            ruleChoices(1)
                .map(({ rule }) => rule)
                .sort()
        ).to.deep.equal(EXISTING_RULES.filter(rule => rule !== 'ask').sort());
        expect(ruleChoices(1)[0]).to.include({ rule: 'skip', label: 'Skip' });
        expect(ruleChoices(12)[0].label).to.equal('Skip, all 12');
    });

    it('restarts what is done unless its files came from a desktop', () => {
        expect(canDo(job({ state: 'completed' }), 'restart')).to.equal(true);
        expect(canDo(job({ state: 'completed', fromDesktop: true }), 'restart')).to.equal(false);
        expect(canDo(job({ state: 'failed', fromDesktop: true }), 'restart')).to.equal(true);
    });

    it('has an icon and a word for every state, all different', () => {
        const texts = JOB_STATES.map(state => stateView(job({ state }), 0, 3).text);
        expect(new Set(texts).size).to.equal(JOB_STATES.length);
    });

    it('offers nothing that the backend would refuse, and something wherever there is something to do', () => {
        const actions: readonly JobAction[] = ['stop', 'resume', 'retry', 'start-now', 'restart', 'remove'];
        for (const state of JOB_STATES) {
            for (const action of actions.filter(each => canDo(job({ state }), each))) {
                expect(transition(state, action), `${action} in ${state}`).to.not.equal(undefined);
            }
        }
        const main = (state: JobState): JobAction | undefined => mainAction(job({ state }));
        expect(JOB_STATES.map(main)).to.deep.equal([
            'stop',
            'stop',
            'stop',
            'stop',
            undefined,
            'stop',
            undefined,
            'resume',
            'retry',
            'resume',
            'retry'
        ]);
    });

    it('says in words that the bytes take another way than UDP', () => {
        expect(detour(job())).to.equal(undefined);
        expect(detour(job({ path: { kind: 'udp', port: 33001, sessions: 1 } }))).to.equal(undefined);
        const note = detour(job({ path: { kind: 'https', sessions: 1 } }));
        expect(note?.text).to.equal('over HTTPS');
        expect(note?.reason).to.contain('UDP does not get through');
    });

    it('tells progress without pretending', () => {
        expect(percentDone(job())).to.equal(undefined);
        const all = { state: 'finishing', bytesDone: 9, bytesTotal: 9, scanComplete: true } as const;
        expect(percentDone(job(all))).to.equal(99);
        const counting = { ...all, state: 'transferring', scanComplete: false } as const;
        expect(percentDone(job(counting)), 'a share of what is still being counted').to.equal(undefined);
        expect(percentDone(job({ state: 'completed' }))).to.equal(100);
        const failed = { ...all, state: 'failed', filesFailed: 1, filesTotal: 1 } as const;
        expect(percentDone(job(failed)), 'all bytes arrived, and yet it is not there').to.equal(0);
        expect(amountText(job(failed))).to.equal('9 B · 1 failed');
        expect(doneText(job(failed))).to.equal('0 of 1 file');
        expect(doneText(job({ ...failed, bytesDone: 3 }))).to.equal('3 B of 9 B');
        expect(percentText(job(failed), 0)).to.equal('failed at 0 percent');
        const question = { kind: 'existing-files', count: 1, files: [] } as const;
        const asks = job({ ...failed, state: 'needs-user', filesFailed: 0, question });
        expect(percentDone(asks), 'nothing took its place yet').to.equal(0);
        expect(percentDone(job({ ...failed, filesTotal: 4, filesDone: 2, filesSkipped: 1 }))).to.equal(75);
        expect(percentDone(job({ ...failed, bytesDone: 3 })), 'what is kept for the next run').to.equal(33);
        expect(progressText(job({ bytesDone: 1e6, bytesTotal: 2e6 }))).to.equal('1 MB of 2 MB so far');
        expect(
            progressText(
                job({
                    bytesDone: 1e6,
                    bytesTotal: 2e6,
                    scanComplete: true,
                    filesTotal: 5,
                    filesDone: 1,
                    filesSkipped: 1,
                    filesFailed: 1
                })
            )
        ).to.equal('1 MB of 2 MB · 2 of 5 files · 1 failed · 1 skipped');
        const million = {
            filesTotal: 1_000_000,
            filesDone: 999_000,
            filesSkipped: 1_000,
            scanComplete: true
        };
        expect(amountText(job({ ...million, state: 'completed' }))).to.equal(
            '0 B · 1,000,000 of 1,000,000 files · 1,000 skipped'
        );
        const moving = { state: 'transferring', rateBps: 5e6, remainingMs: 4_000 } as const;
        expect(
            progressText(job({ ...moving, bytesDone: 1e6, bytesTotal: 2e6, scanComplete: true }))
        ).to.equal('5 Mbps · 0:04 left · 1 MB of 2 MB');
    });

    it('tells how many files were left as they are', () => {
        const done = { state: 'completed', bytesTotal: 1000, filesTotal: 3 } as const;
        expect(progressText(job({ ...done, filesDone: 1, filesSkipped: 2 }))).to.equal(
            '1 KB · 3 of 3 files · 2 skipped'
        );
        expect(progressText(job({ ...done, filesSkipped: 3 }))).to.equal(
            '1 KB · 3 of 3 files · left as they are'
        );
        expect(progressText(job({ ...done, filesTotal: 1, filesSkipped: 1 }))).to.equal(
            '1 KB · left as it is'
        );
    });

    it('names places as people do', () => {
        expect(placesOf(job())).to.deep.equal({ from: 'Demo:/Media', to: '/home/u/My Work' });
        const top = job({ sources: ['connect://demo/reel.mov'] });
        expect(placesOf(top).from).to.equal('Demo:/');
    });

    it('does not show where files of the desktop were put on their way', () => {
        const sources = ['file:///home/u/.connect/staging/1/a'];
        const staged = job({ direction: 'send', sources, target: 'connect://demo/in', fromDesktop: true });
        expect(placesOf(staged)).to.deep.equal({ from: 'Your desktop', to: 'Demo:/in' });
    });

    it('announces no state that was there before the window looked', () => {
        expect(announcement(job({ state: 'failed' }), undefined)).to.equal(undefined);
        expect(announcement(job({ state: 'transferring' }), 'preparing')).to.equal(undefined);
        expect(announcement(job({ state: 'completed' }), 'finishing')).to.contain('completed');
    });

    it('sums up in one line, or says nothing', () => {
        const nothing = { active: 0, queued: 0, attention: 0, rateBps: 0, sendBps: 0 };
        expect(summaryText({ ...nothing, active: 2, queued: 1, rateBps: 1.1e9, sendBps: 1.1e9 })).to.equal(
            '2 active · ↑1.1 Gbps · 1 queued'
        );
        const both = summaryText({ ...nothing, active: 2, rateBps: 300e6, sendBps: 100e6 });
        expect(both).to.equal('2 active · ↑100 Mbps ↓200 Mbps');
        expect(summaryText(nothing)).to.equal('');
        const attention = (count: number): string => summaryText({ ...nothing, attention: count });
        expect([attention(1), attention(2)]).to.deep.equal(['1 needs attention', '2 need attention']);
    });
});
