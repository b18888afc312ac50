import { expect } from 'chai';
import * as fc from 'fast-check';
import {
    isAtRest,
    isRunning,
    transition,
    type JobEffect,
    type JobEvent,
    type JobTransition
} from './job-lifecycle';
import { JOB_STATES, type JobState } from './transfer-protocol';

const EVENTS: readonly JobEvent[] = [
    'start',
    'start-now',
    'data-flows',
    'all-sent',
    'finish',
    'retry-later',
    'fail',
    'ask-user',
    'halted',
    'pause',
    'restart',
    'retry-due',
    'stop',
    'resume',
    'retry',
    'remove',
    'account-removed',
    'backend-started'
];

interface Row {
    readonly description: string;
    readonly from: JobState;
    readonly events: readonly JobEvent[];
    readonly state: JobState;
    readonly effects: readonly JobEffect[];
}

const ROWS: readonly Row[] = [
    {
        description: 'a job runs to its end',
        from: 'queued',
        events: ['start', 'data-flows', 'all-sent', 'finish'],
        state: 'completed',
        effects: ['run', 'clear-error', 'forget-attempts', 'settle', 'release-staging']
    },
    {
        description: 'a passing failure waits, then takes its place in the queue',
        from: 'transferring',
        events: ['retry-later', 'retry-due'],
        state: 'queued',
        effects: ['wait']
    },
    {
        description: 'a stop that comes too late leaves the job completed',
        from: 'finishing',
        events: ['stop', 'finish'],
        state: 'completed',
        effects: ['stop-run', 'clear-error', 'forget-attempts', 'settle', 'release-staging']
    },
    {
        description: 'a failure while stopping is a stop, not a failure',
        from: 'transferring',
        events: ['stop', 'retry-later'],
        state: 'stopped',
        effects: ['stop-run', 'settle']
    },
    {
        description: 'removing a running job ends it first',
        from: 'transferring',
        events: ['remove'],
        state: 'stopping',
        effects: ['stop-run', 'remove-when-ended']
    },
    {
        description: 'removing a waiting job needs no engine',
        from: 'retrying',
        events: ['remove'],
        state: 'retrying',
        effects: ['release-staging', 'delete']
    },
    {
        description: 'a job that ran when the backend died goes on by itself',
        from: 'transferring',
        events: ['backend-started'],
        state: 'queued',
        effects: []
    },
    {
        description: 'a job that was being stopped when the backend died stays stopped',
        from: 'stopping',
        events: ['backend-started'],
        state: 'stopped',
        effects: ['settle']
    },
    {
        description: 'a wait goes on after a restart',
        from: 'retrying',
        events: ['backend-started'],
        state: 'retrying',
        effects: ['wait']
    },
    {
        description: 'starting a failed job by hand starts its count anew',
        from: 'failed',
        events: ['start-now'],
        state: 'preparing',
        effects: ['clear-error', 'forget-attempts', 'run']
    },
    {
        description: 'a pause ends the run, and the job takes its place in the queue',
        from: 'transferring',
        events: ['pause', 'halted'],
        state: 'queued',
        effects: ['stop-run']
    },
    {
        description: 'a job that completes while it is being paused is completed',
        from: 'finishing',
        events: ['pause', 'finish'],
        state: 'completed',
        effects: ['stop-run', 'clear-error', 'forget-attempts', 'settle', 'release-staging']
    },
    {
        description: 'a stop during a pause holds',
        from: 'preparing',
        events: ['pause', 'stop', 'halted'],
        state: 'stopped',
        effects: ['stop-run', 'settle']
    },
    {
        description: 'a job that was being paused when the backend died waits for its turn',
        from: 'pausing',
        events: ['backend-started'],
        state: 'queued',
        effects: []
    },
    {
        description: 'a failed job begins again without what arrived',
        from: 'failed',
        events: ['restart'],
        state: 'queued',
        effects: ['clear-error', 'forget-attempts', 'start-over']
    },
    {
        description: 'a completed job can be sent again',
        from: 'completed',
        events: ['restart', 'start'],
        state: 'preparing',
        effects: ['start-over', 'run']
    },
    {
        description: 'jobs of a removed account stop',
        from: 'needs-user',
        events: ['account-removed'],
        state: 'stopped',
        effects: ['settle']
    }
];

describe('job lifecycle', () => {
    for (const row of ROWS) {
        it(row.description, () => {
            let state = row.from;
            const effects: JobEffect[] = [];
            for (const event of row.events) {
                const next = transition(state, event);
                expect(next, `${event} in ${state}`).to.not.equal(undefined);
                state = next!.state;
                effects.push(...next!.effects);
            }
            expect({ state, effects }).to.deep.equal({ state: row.state, effects: row.effects });
        });
    }

    it('never starts a second engine for a job whose engine runs', () => {
        for (const state of JOB_STATES.filter(isRunning)) {
            for (const event of EVENTS) {
                expect(transition(state, event)?.effects ?? [], `${event} in ${state}`).to.not.include('run');
            }
        }
    });

    it('takes a job off the list while its engine runs only after the engine has ended', () => {
        for (const state of JOB_STATES.filter(isRunning)) {
            expect(transition(state, 'remove')!.effects).to.not.include('delete');
        }
    });

    it('knows what to do in every state when it can be stopped, removed or read back after a restart', () => {
        for (const state of JOB_STATES) {
            expect(transition(state, 'backend-started'), state).to.not.equal(undefined);
            expect(transition(state, 'remove'), state).to.not.equal(undefined);
            expect(transition(state, 'account-removed'), state).to.not.equal(undefined);
        }
    });

    it('holds a slot exactly from run to the end of the run, whatever happens in between', () => {
        fc.assert(
            fc.property(fc.array(fc.constantFrom(...EVENTS), { maxLength: 60 }), events => {
                let state: JobState = 'queued';
                let engines = 0;
                for (const event of events) {
                    // a run is halted only after it was asked to end; else its end has another name
                    if (event === 'halted' && state !== 'stopping' && state !== 'pausing') {
                        continue;
                    }
                    // an engine's word counts only while there is one
                    const byEngine = [
                        'data-flows',
                        'all-sent',
                        'finish',
                        'retry-later',
                        'fail',
                        'ask-user',
                        'halted'
                    ].includes(event);
                    const next: JobTransition | undefined =
                        byEngine && engines === 0 ? undefined : transition(state, event);
                    if (!next) {
                        continue;
                    }
                    engines += next.effects.includes('run') ? 1 : 0;
                    const ended = [
                        'finish',
                        'retry-later',
                        'fail',
                        'ask-user',
                        'halted',
                        'backend-started'
                    ].includes(event);
                    engines = ended ? 0 : engines;
                    state = next.state;
                    expect(engines, `after ${event}`).to.equal(isRunning(state) ? 1 : 0);
                }
            })
        );
    });

    it('leaves no job that neither runs, waits, rests nor asks', () => {
        for (const state of JOB_STATES) {
            const waits = state === 'queued' || state === 'retrying' || state === 'needs-user';
            expect([isRunning(state), isAtRest(state), waits].filter(Boolean), state).to.have.length(1);
        }
    });

    it('can pause whatever runs, and only that', () => {
        for (const state of JOB_STATES) {
            expect(transition(state, 'pause') !== undefined, state).to.equal(
                isRunning(state) && state !== 'stopping'
            );
        }
    });

    it('begins again only where no engine runs', () => {
        for (const state of JOB_STATES) {
            expect(transition(state, 'restart') !== undefined, state).to.equal(!isRunning(state));
        }
    });
});
