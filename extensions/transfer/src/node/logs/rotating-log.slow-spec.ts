import { systemClock } from '@connect/base';
import { expect } from 'chai';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import * as path from 'node:path';
import { RotatingLog } from './rotating-log';

const DEADLINE_MS = 10_000;

describe('RotatingLog', () => {
    let folder: string;
    let log: RotatingLog;
    let problems: string[];

    const open = (maxBytes = 1_000, kept = 2): RotatingLog =>
        new RotatingLog({
            folder,
            name: 'x',
            maxBytes,
            kept,
            clock: systemClock,
            onBroken: error => problems.push(error.message),
            lossLine: (count, error) => `lost ${count}: ${error?.message ?? ''}`
        });

    beforeEach(() => {
        folder = path.join(fs.mkdtempSync(path.join(tmpdir(), 'connect-log-')), 'logs');
        problems = [];
        log = open();
    });

    afterEach(() => {
        log.close();
        fs.rmSync(path.dirname(folder), { recursive: true });
    });

    const content = (name = 'x.log'): string => {
        const file = path.join(folder, name);
        return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
    };

    const until = async (test: () => boolean): Promise<void> => {
        const deadline = performance.now() + DEADLINE_MS;
        while (!test()) {
            if (performance.now() > deadline) {
                throw new Error(`Not within ${DEADLINE_MS} ms; the log: ${content()}`);
            }
            await new Promise(next => setTimeout(next, 10));
        }
    };

    it('writes lines in their order, for the owner only', async () => {
        const lines = Array.from({ length: 20 }, (_none, i) => `line ${i}`);
        lines.forEach(line => log.write(line));
        await until(() => content().endsWith('line 19\n'));
        expect(content()).to.equal(`${lines.join('\n')}\n`);
        if (process.platform !== 'win32') {
            expect(fs.statSync(path.join(folder, 'x.log')).mode & 0o777).to.equal(0o600);
        }
    });

    it('puts a full file aside, keeps so many of them, and goes on with one that an earlier process left', async () => {
        for (let i = 0; i < 80; i++) {
            const number = String(i).padStart(3, '0');
            log.write(`${number} ${'x'.repeat(96)}`);
            await until(() => log.files().some(file => fs.readFileSync(file, 'utf8').includes(number)));
            if (i % 20 === 19) {
                log.close();
                log = open();
            }
        }
        log.close();
        expect(fs.readdirSync(folder).sort()).to.include.members(['x.1.log', 'x.2.log']);
        expect(fs.readdirSync(folder).length).to.be.at.most(3);
        const files = log.files();
        expect(files.map(file => path.basename(file)).slice(0, 2)).to.deep.equal(['x.2.log', 'x.1.log']);
        const kept = files
            .flatMap(file => fs.readFileSync(file, 'utf8').split('\n'))
            .filter(line => line !== '')
            .map(line => Number(line.slice(0, 3)));
        expect(kept.at(-1)).to.equal(79);
        expect(kept).to.deep.equal(kept.map((_each, i) => kept[0] + i));
    });

    it('makes the file anew when somebody removed it', async () => {
        log.write('before');
        await until(() => content() === 'before\n');
        fs.rmSync(folder, { recursive: true });
        await until(() => {
            log.write('after');
            return content().includes('after');
        });
        expect(problems).to.deep.equal([]);
    });

    it('goes on in the new file when another process put its file aside', async () => {
        log.write('before');
        await until(() => content() === 'before\n');
        fs.renameSync(path.join(folder, 'x.log'), path.join(folder, 'x.1.log'));
        fs.writeFileSync(path.join(folder, 'x.log'), 'of the other\n');
        await until(() => {
            log.write('after');
            return content().includes('after');
        });
        expect(content()).to.match(/^of the other\nafter\n/);
    });

    it('stops nobody where it cannot be written: counts, says it once, and goes on when it can', async () => {
        fs.writeFileSync(folder, 'a file where the folder should be');
        log.write('one');
        log.write('two');
        await until(() => problems.length === 1);
        log.write('three');
        fs.rmSync(folder);
        await until(() => content().endsWith('three\n'));
        expect(content()).to.match(/^lost 2: .+\nthree\n$/);
        expect(problems).to.have.length(1);
    });

    it('keeps no more in memory than it should while the disk does nothing', () => {
        fs.writeFileSync(folder, '');
        const long = 'y'.repeat(10_000);
        for (let i = 0; i < 1_000; i++) {
            log.write(long);
        }
        log.close();
        fs.rmSync(folder);
        log = open();
        expect((log as unknown as { waitingChars: number }).waitingChars).to.equal(0);
    });

    it('writes what waits when it is closed', () => {
        fs.mkdirSync(folder);
        log.write('last words');
        log.close();
        expect(content()).to.equal('last words\n');
    });
});
