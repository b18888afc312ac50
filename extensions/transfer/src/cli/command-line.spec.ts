import { ConnectError, ERROR_CATALOG, type ErrorCode } from '@connect/base';
import { expect } from 'chai';
import type { Command } from 'commander';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { newRecord, toJob } from '../common/job-record';
import { JOB_STATES, type Job } from '../common/transfer-protocol';
import { buildProgram } from './command-line';
import { findJob } from './command-context';
import { EXIT, exitOfError, exitOfJob, worstExit } from './exit-code';
import { jobJson, queueJson } from './job-json';
import { duration } from './transfer-options';

const program = (): Command =>
    buildProgram(
        () => async () => undefined,
        () => []
    );
const job = (facts: Partial<Job> = {}): Job => ({
    ...toJob(
        newRecord({
            id: '01234567-89ab-cdef-0123-456789abcdef',
            order: 1,
            name: 'film.mov',
            direction: 'send',
            sources: ['file:///a%20b/film.mov'],
            target: 'connect://demo/in%20box',
            accountId: 'demo',
            accountName: 'Demo server',
            createdMs: 0,
            stagingId: undefined
        }),
        { rateBps: 0, currentFile: '' }
    ),
    ...facts
});

describe('command line', () => {
    it('has help for every command, with what it does', () => {
        const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
        for (const command of all(program())) {
            expect(command.description(), command.name()).not.to.equal('');
            expect(command.helpInformation()).to.contain('Usage:');
            expect(
                command.options.map(({ long }) => long),
                command.name()
            ).to.include('--json');
        }
    });

    it('is described in the guide, with every command, option and exit code', () => {
        const guide = readFileSync(resolve(__dirname, '../../../../docs/guides/connect.md'), 'utf8');
        const check = (command: Command): void => {
            expect(guide, command.name()).to.match(new RegExp(`\\b${command.name()}\\b`));
            for (const { long } of command.options) {
                expect(guide, `${command.name()} ${long}`).to.contain(`${long}`);
            }
            command.commands.forEach(check);
        };
        check(program());
        Object.values(EXIT).forEach(code => expect(guide).to.contain(`\n| ${code} |`));
    });

    it('reads times', () => {
        expect(['90s', '10m', '1.5h', '2d'].map(duration)).to.deep.equal([90e3, 600e3, 5400e3, 172_800e3]);
        for (const text of ['', '10', 'h', '-1s', '1w']) {
            expect(() => duration(text), text).to.throw();
        }
    });

    it('finds transfers by their first characters, when only one has them', () => {
        const jobs = ['abcd1', 'abcd2', 'abce3'].map(id => job({ id }));
        expect(findJob(jobs, 'ABCE').id).to.equal('abce3');
        expect(findJob(jobs, 'abcd1').id).to.equal('abcd1');
        expect(() => findJob(jobs, 'abcd'))
            .to.throw()
            .with.property('code', 'usage');
        expect(() => findJob(jobs, 'abc'))
            .to.throw()
            .with.property('code', 'transfer.job-unknown');
    });
});

describe('exit codes', () => {
    it('are 0 only for what is done', () => {
        const codes = Object.fromEntries(JOB_STATES.map(state => [state, exitOfJob(job({ state }))]));
        expect(codes).to.deep.equal({
            queued: undefined,
            preparing: undefined,
            transferring: undefined,
            finishing: undefined,
            completed: 0,
            pausing: undefined,
            stopping: undefined,
            stopped: 3,
            retrying: undefined,
            'needs-user': 4,
            failed: 2
        });
        expect(exitOfJob(undefined)).to.equal(EXIT.stopped);
        for (const code of Object.keys(ERROR_CATALOG) as ErrorCode[]) {
            expect(exitOfError(new ConnectError(code, '')), code).to.be.within(1, 6);
        }
        expect(exitOfError(new ConnectError('security.credentials-required', ''))).to.equal(EXIT.needsAnswer);
    });

    it('tell the worst of several', () => {
        expect(worstExit([])).to.equal(0);
        expect(worstExit([0, 3, 0])).to.equal(3);
        expect(worstExit([3, 4])).to.equal(4);
        expect(worstExit([3, 2, 4])).to.equal(2);
    });
});

describe('JSON of a transfer', () => {
    it('has its documented form, and nothing that only windows know', () => {
        expect(jobJson(job(), false)).to.deep.equal({
            id: '01234567-89ab-cdef-0123-456789abcdef',
            name: 'film.mov',
            direction: 'send',
            sources: ['/a b/film.mov'],
            target: 'Demo server:/in box',
            account: { id: 'demo', name: 'Demo server' },
            state: 'queued',
            priority: 'normal',
            automatic: false,
            existing: 'ask',
            rate: {},
            bytes: { done: 0, total: 0, isTotalKnown: false },
            files: { done: 0, total: 0, failed: 0, skipped: 0 },
            rateBps: 0,
            verified: false,
            attempt: 0,
            createdAt: '1970-01-01T00:00:00.000Z'
        });
    });

    it('says what it waits for, and of the list what waits', () => {
        expect(jobJson(job({ hold: 'battery' }), false).hold).to.equal('battery');
        const power = { onBattery: true, waits: [{ reason: 'battery', which: 'all' }] } as const;
        const queue = { limits: { manual: {}, automatic: {} }, scheduled: false };
        expect(queueJson({ ...queue, power }).power).to.deep.equal(power);
        expect(queueJson(queue)).not.to.have.property('power');
    });

    it('brings the remedy with a failure', () => {
        const { error, endedAt } = jobJson(
            job({ state: 'failed', endedMs: 1000, error: { code: 'transfer.no-space', message: 'full' } }),
            false
        );
        expect(error).to.deep.equal({
            code: 'transfer.no-space',
            message: 'full',
            remedy: ERROR_CATALOG['transfer.no-space'].remedy
        });
        expect(endedAt).to.equal('1970-01-01T00:00:01.000Z');
    });
});
