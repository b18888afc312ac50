import { LogBook } from '@connect/api';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import { TemporaryHome } from '@connect/security/lib/testing/temporary-home';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { join } from 'node:path';
import type { LogBatch } from '../../common/log-protocol';
import { ConnectLogBook } from './connect-log-book';
import { jobLines } from './job-lines';
import { LogWindow } from './log-window';
import { LoggedServer } from './logged-server';

describe('ConnectLogBook', () => {
    let home: TemporaryHome;
    let book: ConnectLogBook;

    beforeEach(() => {
        home = new TemporaryHome();
        book = home.container(ConnectLogBook).get(ConnectLogBook);
    });

    afterEach(() => {
        book.close();
        home.remove();
    });

    const file = (name: string): string => fs.readFileSync(join(home.root, 'logs', name), 'utf8');
    const texts = (lines: readonly string[]): string[] => lines.map(line => line.slice(25));

    it('has four logs, each in its file', () => {
        book.component('app', 'workbench').write('info', 'one');
        book.component('transfer', 'queue').write('warn', 'two', 'j1');
        book.component('sync', 'scanner').write('error', 'three');
        book.component('browser', 'login').write('info', 'four');
        book.close();
        expect(file('connect.log')).to.match(/^\S+Z INFO {2}workbench - one\n$/);
        expect(file('connect-transfer.log')).to.match(/^\S+Z WARN {2}queue j1 two\n$/);
        expect(file('connect-sync.log')).to.match(/^\S+Z ERROR scanner - three\n$/);
        expect(file('connect-browser.log')).to.match(/^\S+Z INFO {2}login - four\n$/);
    });

    it('follows a change of the level at once', () => {
        const log: ReturnType<LogBook['component']> = book.component('transfer', 'engine');
        log.write('debug', 'not wanted');
        expect(log.isOn('debug')).to.equal(false);
        book.threshold = 'debug';
        expect(log.isOn('debug')).to.equal(true);
        log.write('debug', 'wanted');
        log.write('trace', 'not wanted');
        expect(texts(book.lastLines('transfer'))).to.deep.equal(['DEBUG engine - wanted']);
    });

    it('shows no secret, wherever it is read', () => {
        book.component('app', 'x').write('info', 'ASPERA_SCP_PASS=hunter2 https://ana:hunter2@host/');
        book.close();
        expect(file('connect.log')).not.to.contain('hunter2');
        expect(book.lastLines('app').join()).not.to.contain('hunter2');
    });

    it('finds the last lines about a transfer, in older files as well', async () => {
        const logs = join(home.root, 'logs');
        fs.mkdirSync(logs);
        const line = (job: string, text: string): string =>
            `2026-01-01T00:00:00.000Z INFO  queue ${job} ${text}\n`;
        fs.writeFileSync(join(logs, 'connect-transfer.1.log'), line('j1', 'first') + line('j2', 'about j1'));
        fs.writeFileSync(join(logs, 'connect-transfer.log'), `rubbish j1\n${line('j1', 'second')}`);
        const lines = await jobLines([join(logs, 'missing'), ...book.files('transfer')], 'j1', 10);
        expect(lines.map(({ text }) => text)).to.deep.equal(['first', 'second']);
        expect((await jobLines(book.files('transfer'), 'j1', 1)).map(({ text }) => text)).to.deep.equal([
            'second'
        ]);
    });

    it('keeps what Theia logs, with who said it', async () => {
        const passed: unknown[] = [];
        const inner = { log: async (...args: unknown[]) => void passed.push(args) };
        const server = new LoggedServer(
            inner as unknown as ConstructorParameters<typeof LoggedServer>[0],
            book
        );
        await server.log('root', 30, 'said %s', ['this']);
        await server.log('root', 40, 'odd', []);
        await server.log('root', 10, 'chatter', []);
        expect(texts(book.lastLines('app'))).to.deep.equal(['INFO  root - said this', 'WARN  root - odd']);
        expect(passed).to.have.length(3);
    });

    describe('for a window', () => {
        let clock: VirtualClock;
        let told: LogBatch[][];
        let problems: string[];
        let window: LogWindow;

        beforeEach(() => {
            clock = new VirtualClock();
            told = [];
            problems = [];
            const client = {
                onLogLines: (batches: readonly LogBatch[]) => void told.push([...batches]),
                onLogProblem: (problem: string) => void problems.push(problem)
            };
            window = new LogWindow(book, client, clock);
        });

        afterEach(() => window.dispose());

        it('tells the last lines, then new ones at most four times per second', async () => {
            const log = book.component('transfer', 'queue');
            log.write('info', 'before');
            const first = await window.follow();
            expect(first.map(batch => texts(batch.lines))).to.deep.equal([
                [],
                ['INFO  queue - before'],
                [],
                []
            ]);
            for (let i = 0; i < 100; i++) {
                log.write('info', `line ${i}`);
                clock.advance(10);
            }
            expect(told.length).to.be.within(3, 4);
            expect(told.flat().flatMap(batch => batch.lines)[0]).to.match(/ line 0$/);
        });

        it('passes over lines that are too many, and says how many', async () => {
            await window.follow();
            const log = book.component('app', 'x');
            for (let i = 0; i < 2_000; i++) {
                log.write('info', `line ${i}`);
            }
            clock.advance(250);
            const [[batch]] = told;
            expect(batch.lines).to.have.length(500);
            expect(batch.passedOver).to.equal(1_500);
            expect(batch.lines.at(-1)).to.match(/ line 1999$/);
        });

        it('tells nothing to who does not follow', async () => {
            await window.follow();
            await window.unfollow();
            book.component('app', 'x').write('info', 'unheard');
            clock.advance(1_000);
            expect(told).to.deep.equal([]);
        });

        it('says where the logs are, and when they cannot be written', async () => {
            expect(await window.folder()).to.match(/^file:\/\/.*\/logs$/);
            fs.rmSync(join(home.root, 'logs'), { recursive: true });
            fs.writeFileSync(join(home.root, 'logs'), '');
            book.component('app', 'x').write('info', 'lost');
            book.close();
            expect(problems).to.have.length(1);
            expect(problems[0]).to.contain('connect.log cannot be written');
        });
    });
});
