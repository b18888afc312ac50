import type { RemoteReader } from '@connect/api';
import { ConnectError } from '@connect/base';
import type { AccountSessions } from '@connect/security/lib/node/account-sessions';
import { TemporaryHome } from '@connect/security/lib/testing/temporary-home';
import { ILogger } from '@theia/core/lib/common/logger';
import { MockLogger } from '@theia/core/lib/common/test/mock-logger';
import { expect } from 'chai';
import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { VerifyProgress } from '../../common/manifest-protocol';
import type { Job } from '../../common/transfer-protocol';
import { ManifestStore } from './manifest-store';
import { ManifestWindow } from './manifest-window';

const MIB = 1024 * 1024;

function hashOf(content: Buffer): string {
    const sha = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
    const pieces = Array.from({ length: Math.ceil(content.length / MIB) }, (_none, i) =>
        sha(content.subarray(i * MIB, (i + 1) * MIB))
    );
    return `sha256:${(pieces.length === 1 ? pieces[0] : sha(Buffer.concat(pieces))).toString('hex')}`;
}

describe('manifests', () => {
    let home: TemporaryHome;
    let store: ManifestStore;
    let target: string;
    let window: ManifestWindow;
    let progress: VerifyProgress[];
    let lines: string[];
    let job: Partial<Job>;
    let files: { openRead?(path: string): Promise<RemoteReader> };

    beforeEach(() => {
        home = new TemporaryHome();
        const container = home.container(ManifestStore);
        container.bind(ILogger).to(MockLogger);
        store = container.get(ManifestStore);
        target = join(home.root, 'target');
        fs.mkdirSync(target);
        [progress, lines, files] = [[], [], {}];
        job = { id: 'j1', direction: 'receive', target: pathToFileURL(target).toString() };
        window = new ManifestWindow(
            {
                store,
                accounts: { session: async () => ({ files }) } as unknown as AccountSessions,
                job: async id => {
                    if (id !== job.id) {
                        throw new ConnectError('transfer.job-unknown', 'gone');
                    }
                    return job as Job;
                },
                log: (level, text) => lines.push(`${level} ${text}`)
            },
            { onVerifyProgress: (_id, told) => progress.push(told) }
        );
    });

    afterEach(() => home.remove());

    let runs = 0;
    const run = (...entries: object[]): void => {
        const folder = store.prepare('j1', false)!;
        const file = join(
            folder,
            `connect-transfer-${runs}-manifest.jsonl${runs++ % 2 ? '.inprogress' : ''}`
        );
        fs.writeFileSync(file, entries.map(entry => `${JSON.stringify(entry)}\n`).join(''));
        fs.utimesSync(file, runs, runs);
    };
    const put = (name: string, content: Buffer | string): Buffer => {
        fs.mkdirSync(join(target, name, '..'), { recursive: true });
        fs.writeFileSync(join(target, name), content);
        return Buffer.from(content);
    };
    const done = (path: string, content: Buffer): object => ({
        path,
        outcome: 'done',
        sizeBytes: content.length,
        hash: hashOf(content)
    });

    it('finds every file the same that nobody touched', async () => {
        const big = Buffer.alloc(3 * MIB + 17, 'abc');
        run(
            done('a.txt', put('a.txt', 'one')),
            done('f/big', put('f/big', big)),
            done('empty', put('empty', ''))
        );
        const unhashed = put('plain', 'no hash');
        run({ path: 'plain', outcome: 'done', sizeBytes: unhashed.length });
        expect(await window.verify('j1')).to.deep.equal({
            same: 3,
            unknown: 1,
            differing: 0,
            differences: []
        });
        expect(progress.at(-1)!.bytesTotal).to.equal(big.length + 3 + 7);
        expect(lines).to.deep.equal(['info verified again: 3 files are the same, 1 have no hash, 0 differ']);
    });

    it('tells of each file that is another one, too short, gone, or was never there', async () => {
        const big = Buffer.alloc(2 * MIB, 'x');
        run(
            done('content', big),
            done('short', Buffer.from('longer')),
            done('gone', Buffer.from('x')),
            { path: '../outside', outcome: 'done', sizeBytes: 1 },
            { path: 'failed', outcome: 'failed:transfer.disk-read' }
        );
        const changed = Buffer.from(big);
        changed[MIB + 5] ^= 1;
        put('content', changed);
        put('short', 'short');
        const report = await window.verify('j1');
        expect(report).to.include({ same: 0, differing: 4 });
        expect(report.differences.map(({ path, kind }) => `${path} ${kind}`)).to.deep.equal([
            'content content',
            'short size',
            'gone missing',
            '../outside unreadable'
        ]);
        expect(lines.filter(line => line.startsWith('warn verified again: '))).to.have.length(4 + 1);
    });

    it('reads uploads back from the server', async () => {
        const content = Buffer.alloc(MIB + 1, 'u');
        const opened: string[] = [];
        let closed = 0;
        files.openRead = async path => {
            opened.push(path);
            return {
                sizeBytes: content.length,
                read: async (position, length) => content.subarray(position, position + length),
                close: async () => void closed++
            };
        };
        Object.assign(job, { direction: 'send', target: 'connect://demo/up', accountId: 'demo' });
        run(done('f/u.bin', content));
        expect(await window.verify('j1')).to.include({ same: 1, differing: 0 });
        expect([opened, closed]).to.deep.equal([['/up/f/u.bin'], 1]);
        files = {};
        const error = await window.verify('j1').catch((thrown: ConnectError) => thrown);
        expect(error).to.have.property('code', 'not-supported');
    });

    it('ends when it is cancelled', async () => {
        run(done('a', put('a', Buffer.alloc(4 * MIB))));
        const verifying = window.verify('j1').catch((thrown: ConnectError) => thrown);
        while (progress.length === 0) {
            await new Promise(next => setImmediate(next));
        }
        await window.cancelVerify('j1');
        expect(await verifying).to.have.property('code', 'cancelled');
    });

    it('saves what all runs together did, as a whole', async () => {
        const kept = Buffer.from('first');
        run(done('a', kept), { path: 'b', outcome: 'failed:transfer.connection-lost' });
        run({ path: 'a', outcome: 'skipped:same', sizeBytes: 5 }, done('b', kept));
        fs.appendFileSync(
            join(store.prepare('j1', false)!, 'connect-transfer-1-manifest.jsonl'),
            '{"path":"ha'
        );
        const place = join(target, 'list.csv');
        fs.writeFileSync(place, 'before');
        expect(await window.save('j1', pathToFileURL(place).toString())).to.equal(2);
        expect(fs.readFileSync(place, 'utf8')).to.equal(
            `path,outcome,size,hash,modified\r\na,done,5,${hashOf(kept)},\r\nb,done,5,${hashOf(kept)},\r\n`
        );
        await window.save('j1', pathToFileURL(join(target, 'list.jsonl')).toString());
        expect(fs.readFileSync(join(target, 'list.jsonl'), 'utf8').split('\n')).to.have.length(3);
        expect(fs.readdirSync(target).sort()).to.deep.equal(['list.csv', 'list.jsonl']);
    });

    it('says so when nothing is known, and where it cannot be saved', async () => {
        const code = (work: Promise<unknown>): Promise<string> =>
            work.then(
                () => 'resolved',
                (thrown: ConnectError) => thrown.code
            );
        expect(await code(window.verify('j1'))).to.equal('files.not-found');
        expect(await code(window.save('j2', 'file:///tmp/x'))).to.equal('transfer.job-unknown');
        run(done('a', Buffer.from('a')));
        expect(await code(window.save('j1', 'connect://demo/x'))).to.equal('usage');
        expect(await code(window.save('j1', pathToFileURL(join(target, 'no', 'x.csv')).toString()))).to.equal(
            'files.failed'
        );
    });

    it('go with their jobs, and with a start from the beginning', async () => {
        run(done('a', Buffer.from('a')));
        store.prepare('j2', false);
        await store.keepOnly(new Set(['j1']));
        expect(fs.readdirSync(join(home.root, 'manifests'))).to.deep.equal(['j1']);
        store.prepare('j1', true);
        expect(await store.entries('j1')).to.deep.equal([]);
        await store.forget('j1');
        expect(fs.readdirSync(join(home.root, 'manifests'))).to.deep.equal([]);
    });

    it('are done without where their folder cannot be made', () => {
        fs.writeFileSync(join(home.root, 'manifests'), '');
        expect(store.prepare('j1', false)).to.equal(undefined);
    });
});
