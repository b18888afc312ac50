import { encodePathBytes } from '@connect/base';
import { expect } from 'chai';
import { laterOf, manifestText, parseManifestLine, type ManifestEntry } from './manifest';

const done: ManifestEntry = {
    path: 'a/b.txt',
    outcome: 'done',
    sizeBytes: 3,
    hash: 'sha256:00',
    modified: '2026-01-01T00:00:00.000Z'
};

describe('manifest of a job', () => {
    it('reads what transfer programs write', () => {
        expect(parseManifestLine(JSON.stringify(done))).to.deep.equal(done);
        const failed = { path: 'x', outcome: 'failed:transfer.no-space' };
        expect(parseManifestLine(JSON.stringify(failed))).to.deep.equal(failed);
    });

    it('keeps names that are no Unicode', () => {
        const bytes = Buffer.from([0x61, 0xff]);
        const line = { path: 'a?', path64: bytes.toString('base64'), outcome: 'done' };
        const entry = parseManifestLine(JSON.stringify(line))!;
        expect(Buffer.from(encodePathBytes(entry.path))).to.deep.equal(bytes);
    });

    for (const line of ['', '{"path":"half', '[]', 'null', '{"path":1,"outcome":"done"}', '{"path":"x"}']) {
        it(`knows that ${line || 'nothing'} is no line`, () => {
            expect(parseManifestLine(line)).to.equal(undefined);
        });
    }

    it('keeps what an earlier run brought and a later one left alone', () => {
        const again: ManifestEntry = { path: done.path, outcome: 'skipped:same', sizeBytes: 3 };
        expect(laterOf(undefined, again)).to.equal(again);
        expect(laterOf(done, again)).to.equal(done);
        const failed = { path: done.path, outcome: 'failed:transfer.disk-read' };
        expect(laterOf(failed, done)).to.equal(done);
        expect(laterOf(done, failed)).to.equal(failed);
    });

    it('is saved as CSV that holds any name, or as JSON lines', () => {
        expect(manifestText(done, 'csv')).to.equal('a/b.txt,done,3,sha256:00,2026-01-01T00:00:00.000Z\r\n');
        const odd = { path: 'a,"b"\nc', outcome: 'done' };
        expect(manifestText(odd, 'csv')).to.equal('"a,""b""\nc",done,,,\r\n');
        expect(JSON.parse(manifestText(odd, 'jsonl'))).to.deep.equal(odd);
    });
});
