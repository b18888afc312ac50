import { expect } from 'chai';
import { closeSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConnectError } from '@connect/base';
import { FileManifest, ManifestFormat } from './file-manifest';

describe('FileManifest', () => {
    let folder: string;

    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'connect-manifest-'))));
    afterEach(() => rmSync(folder, { recursive: true, force: true }));

    const open = (format: ManifestFormat): FileManifest =>
        FileManifest.open({ format, folder: join(folder, 'new'), inProgressSuffix: '.now' }, 'abc');

    const file = { path: 'a/b\tc', sizeBytes: 5, mtimeNs: 1_600_000_000_123_000_000n, digest: 'd1' };

    it('writes a line for each file, under another name until it is whole', () => {
        const manifest = open('text');
        manifest.done(file);
        manifest.flush();
        expect(readdirSync(join(folder, 'new'))).to.deep.equal(['connect-transfer-abc-manifest.txt.now']);
        manifest.done({ ...file, path: 'theirs', lost: ['owner', 'group'] });
        manifest.skipped({ path: 'old', sizeBytes: 7 }, 'same');
        manifest.failed({ path: 'bad', error: { code: 'transfer.no-space', message: 'full' } });
        manifest.finish();
        const text = readFileSync(join(folder, 'new/connect-transfer-abc-manifest.txt'), 'utf8');
        expect(text.split('\n')).to.deep.equal([
            'outcome\tsize\thash\tmodified\tpath',
            'done\t5\td1\t2020-09-13T12:26:40.123Z\ta/b?c',
            'done:not-kept:owner,group\t5\td1\t2020-09-13T12:26:40.123Z\ttheirs',
            'skipped:same\t7\t-\t-\told',
            'failed:transfer.no-space\t-\t-\t-\tbad',
            ''
        ]);
    });

    it('writes JSON, with the bytes of names that are no Unicode', () => {
        const manifest = open('json');
        manifest.done(file);
        manifest.done({ ...file, path: 'x\udcff', lost: ['access-time'] });
        manifest.finish();
        const text = readFileSync(join(folder, 'new/connect-transfer-abc-manifest.jsonl'), 'utf8');
        const [first, second] = text.split('\n', 2).map(line => JSON.parse(line) as Record<string, unknown>);
        expect(first).to.deep.equal({
            outcome: 'done',
            path: 'a/b\tc',
            sizeBytes: 5,
            hash: 'd1',
            modified: '2020-09-13T12:26:40.123Z'
        });
        expect([second!['path'], second!['path64']]).to.deep.equal(['x?', 'eP8=']);
        expect(second!['notKept']).to.deep.equal(['access-time']);
    });

    it('ends no transfer when it cannot be written any more: says it once, and is never taken for whole', () => {
        const problems: string[] = [];
        const options = { format: 'json', folder: join(folder, 'new'), inProgressSuffix: '.now' } as const;
        const onBroken = (error: Error): void => void problems.push(error.message);
        const manifest = FileManifest.open({ ...options, onBroken }, 'abc');
        const { file: handle } = manifest as unknown as { file: number };
        // writing to what is open for reading fails as on a full disk
        closeSync(handle);
        expect(openSync(join(folder, 'new', 'connect-transfer-abc-manifest.jsonl.now'), 'r')).to.equal(
            handle
        );
        for (let i = 0; i < 3; i++) {
            manifest.done(file);
            manifest.flush();
        }
        manifest.finish();
        expect(problems).to.have.length(1);
        expect(readdirSync(join(folder, 'new'))).to.deep.equal(['connect-transfer-abc-manifest.jsonl.now']);
    });

    it('refuses to write over another, and where it cannot', () => {
        open('text');
        expect(() => open('text'))
            .to.throw(ConnectError)
            .with.property('code', 'usage');
    });
});
