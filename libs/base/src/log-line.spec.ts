import { expect } from 'chai';
import { isLogged, logLine, MAX_LOG_TEXT, parseLogLine } from './log-line';

const atMs = Date.UTC(2026, 1, 3, 4, 5, 6, 7);

describe('logLine', () => {
    it('says when, how urgent, who, about which transfer, and what', () => {
        const event = {
            atMs,
            level: 'info',
            component: 'queue',
            jobId: 'f00',
            text: 'queued -> preparing'
        } as const;
        const line = logLine(event);
        expect(line).to.equal('2026-02-03T04:05:06.007Z INFO  queue f00 queued -> preparing');
        expect(parseLogLine(line)).to.deep.equal(event);
    });

    it('has a dash where there is no transfer', () => {
        const event = { atMs, level: 'error', component: 'app', text: 'x' } as const;
        expect(logLine(event)).to.equal('2026-02-03T04:05:06.007Z ERROR app - x');
        expect(parseLogLine(logLine(event))).to.deep.equal(event);
    });

    it('stays one line of printable characters, whatever is in it', () => {
        const line = logLine({
            atMs,
            level: 'warn',
            component: 'a b\n',
            jobId: 'j 1',
            text: 'one\r\ntwo\u001b[2J\u0000\u2028three'
        });
        expect(line.slice(25)).to.equal('WARN  a_b\\n j_1 one\\ntwo\\x1b[2J\\x00\\x2028three');
    });

    it('shows no secret', () => {
        const line = logLine({ atMs, level: 'debug', component: 'x', text: 'password=hunter2' });
        expect(line).not.to.contain('hunter2');
    });

    it('is cut where it would be too long to read', () => {
        const line = logLine({ atMs, level: 'info', component: 'x', text: 'y'.repeat(MAX_LOG_TEXT * 2) });
        expect(line)
            .to.have.length.below(MAX_LOG_TEXT + 100)
            .and.match(/\(cut\)$/);
    });
});

describe('parseLogLine', () => {
    for (const line of ['', 'something else', '2026-02-03T04:05:06.007Z LOUD x - y']) {
        it(`knows that “${line}” is none`, () => expect(parseLogLine(line)).to.equal(undefined));
    }
});

describe('isLogged', () => {
    it('lets errors and warnings through always, and the rest as the level says', () => {
        const shown = (threshold: 'info' | 'debug' | 'trace'): string =>
            (['error', 'warn', 'info', 'debug', 'trace'] as const)
                .filter(level => isLogged(level, threshold))
                .join(' ');
        expect(shown('info')).to.equal('error warn info');
        expect(shown('debug')).to.equal('error warn info debug');
        expect(shown('trace')).to.equal('error warn info debug trace');
    });
});
