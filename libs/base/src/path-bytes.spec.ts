import { expect } from 'chai';
import * as fc from 'fast-check';
import { decodePathBytes, encodePathBytes, fsPath } from './path-bytes';

describe('path bytes', () => {
    it('keeps every sequence of bytes through a string, and through JSON', () => {
        fc.assert(
            fc.property(fc.uint8Array({ maxLength: 255 }), bytes => {
                const text = decodePathBytes(bytes);
                expect(Buffer.compare(encodePathBytes(text), Buffer.from(bytes))).to.equal(0);
                expect(JSON.parse(JSON.stringify(text))).to.equal(text);
            })
        );
    });
    it('leaves names of valid UTF-8 as they are: no normalisation', () => {
        for (const name of ['e\u0301', '\u00e9', '😀', 'a\nb', '-x']) {
            expect(decodePathBytes(Buffer.from(name))).to.equal(name);
            expect(fsPath(name)).to.equal(name);
        }
        expect(fsPath(decodePathBytes(Buffer.from([0x61, 0xff])))).to.deep.equal(Buffer.from([0x61, 0xff]));
    });
});
