import { expect } from 'chai';
import {
    existsSync,
    mkdtempSync,
    openSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RunLog } from './run-log';

describe('RunLog', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'connect-run-log-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    const content = (name = 'connect-cp.log'): string => readFileSync(join(folder, name), 'utf8');

    it('writes lines of one form, for the owner only, and shows no secret', () => {
        const log = RunLog.open(folder);
        log.write('session abc: https://ana:hunter2@host/\u001b[2J');
        log.write('ended', 'error');
        log.close();
        const [first, second] = content().split('\n');
        expect(first).to.match(
            /^\S+Z INFO {2}connect-cp\[\d+\] - session abc: https:\/\/ana:\*\*\*@host\/\?\[2J$/
        );
        expect(second).to.match(/ ERROR connect-cp\[\d+\] - ended$/);
        if (process.platform !== 'win32') {
            expect(statSync(join(folder, 'connect-cp.log')).mode & 0o777).to.equal(0o600);
        }
    });

    it('puts a full file aside and keeps three of them', () => {
        for (let run = 0; run < 6; run++) {
            const log = RunLog.open(folder, { maxBytes: 100 });
            log.write(`run ${run} ${'x'.repeat(100)}`);
            log.close();
        }
        expect(readdirSync(folder).sort()).to.deep.equal([
            'connect-cp.1.log',
            'connect-cp.2.log',
            'connect-cp.3.log',
            'connect-cp.log'
        ]);
        expect(content()).to.contain('run 5');
        expect(content('connect-cp.3.log')).to.contain('run 2');
    });

    it('goes on in a new file when another run put its own aside, or somebody removed it', () => {
        const [log, other] = [RunLog.open(folder, { maxBytes: 100 }), RunLog.open(folder, { maxBytes: 100 })];
        log.write('x'.repeat(200));
        other.write('of the other');
        for (let i = 0; i < 300; i++) {
            log.write(`line ${i}`);
        }
        log.close();
        other.close();
        expect(existsSync(join(folder, 'connect-cp.1.log'))).to.equal(true);
        expect(content()).to.contain('line 299');
    });

    it('ends no run where it cannot be written, and says so once', function () {
        if (!existsSync('/dev/full')) {
            this.skip();
        }
        const problems: string[] = [];
        const log = RunLog.open(folder, { onBroken: error => problems.push(error.message) });
        // a device on which every write fails as on a full disk
        Object.assign(log, { file: openSync('/dev/full', 'a'), lines: 1 });
        log.write('one');
        log.write('two');
        log.close();
        expect(problems).to.have.length(1);
        expect(problems[0]).to.contain('ENOSPC');
    });

    it('is refused where it cannot even be opened', () => {
        writeFileSync(join(folder, 'file'), '');
        expect(() => RunLog.open(join(folder, 'file', 'logs')))
            .to.throw(/-L: /)
            .with.property('code', 'usage');
    });

    it('writes nothing without a folder', () => {
        RunLog.open(undefined).write('nowhere');
        expect(readdirSync(folder)).to.deep.equal([]);
    });
});
