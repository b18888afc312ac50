import URI from '@theia/core/lib/common/uri';
import { decodePathBytes } from '@connect/base';
import { expect } from 'chai';
import * as fc from 'fast-check';
import { parseRemoteUri, remoteUri } from './remote-uri';

const HURTING = [
    { description: 'the root', path: '/' },
    { description: 'spaces at both ends', path: '/ a / b ' },
    { description: 'quotes', path: `/it's "quoted" \`here\`` },
    { description: 'characters with a meaning in URIs', path: '/100%/a?b#c&d=e+f;g:h@i!*()[]$,' },
    { description: 'what looks encoded', path: '/%41%2F%zz' },
    { description: 'emoji', path: '/\u{1f469}\u200d\u{1f680}/\u{1f1e9}\u{1f1ea}' },
    { description: 'composed and decomposed letters', path: '/\u00e9/e\u0301' },
    { description: 'newline and tab', path: '/a\nb/\tc' },
    { description: 'leading dash and dots', path: '/-rf/..a/...' },
    { description: 'a backslash', path: '/a\\b\\..\\c' },
    { description: 'a drive letter', path: '/C:/x' },
    { description: 'drive letters below the root', path: '/x/C:/D:y' },
    { description: 'a name that ends in a colon', path: '/notes:' },
    { description: 'a folder that ends in colons', path: '/notes::/x:/y' },
    { description: 'names of colons', path: '/:/::/:::' },
    {
        description: 'a name that is not UTF-8',
        path: `/${decodePathBytes(Buffer.from([0x66, 0xff, 0xc3, 0x28]))}`
    },
    { description: 'the escape mark itself', path: '/\u{10fffd}005c/\u{10fffd}' },
    { description: 'a name of 255 bytes', path: `/${'ß'.repeat(127)}x` }
];

describe('remote URI', () => {
    for (const { description, path } of HURTING) {
        it(`carries ${description} there and back`, () => {
            expect(parseRemoteUri(remoteUri('a1', path))).to.deep.equal({ accountId: 'a1', path });
        });
        it(`gives ${description} the form that Theia's URI prints, and survives it`, () => {
            const uri = remoteUri('a1', path);
            const printed = new URI(uri).toString();
            expect(printed).to.equal(uri);
            expect(parseRemoteUri(new URI(printed).withPath(new URI(printed).path).toString())).to.deep.equal(
                {
                    accountId: 'a1',
                    path
                }
            );
        });
    }

    for (const name of ['a\\b', 'notes:', 'C:', 'c:x', ':', '::', 'a:b', '\u{1f600}:']) {
        for (const folder of ['/x', '/x:', '/']) {
            it(`lets Theia find the parent of “${name}” in “${folder}”, and the way back`, () => {
                const uri = new URI(remoteUri('a1', `${folder === '/' ? '' : folder}/${name}`));
                expectTheiaKnowsParent(uri, new URI(remoteUri('a1', folder)));
            });
        }
    }

    it('has a parent in Theia, whatever the names', () => {
        const anyName = fc.string({ unit: 'binary', minLength: 1 }).filter(legalName);
        const colons = fc.string({ unit: fc.constantFrom(':', 'A', 'z', '\n', '\u{1f600}'), minLength: 1 });
        const names = fc.array(fc.oneof(anyName, colons), { minLength: 1, maxLength: 4 });
        fc.assert(
            fc.property(names, segments => {
                const path = `/${segments.join('/')}`;
                const parent = path.slice(0, Math.max(1, path.lastIndexOf('/')));
                expectTheiaKnowsParent(new URI(remoteUri('a1', path)), new URI(remoteUri('a1', parent)));
                expect(parseRemoteUri(new URI(remoteUri('a1', path)).toString())?.path).to.equal(path);
            })
        );
    });

    it('still reads colons that were written as they are', () => {
        expect(parseRemoteUri('connect://a/notes%3A/c%3A')?.path).to.equal('/notes:/c:');
    });

    it('carries every string', () => {
        fc.assert(
            fc.property(
                fc.array(fc.string({ unit: 'binary', minLength: 1 }).filter(legalName), { maxLength: 5 }),
                names => {
                    const path = `/${names.join('/')}`;
                    expect(parseRemoteUri(remoteUri('z-9', path))?.path).to.equal(path);
                    expect(parseRemoteUri(new URI(remoteUri('z-9', path)).toString())?.path).to.equal(path);
                }
            )
        );
    });

    it('carries every sequence of bytes', () => {
        fc.assert(
            fc.property(fc.uint8Array({ minLength: 1 }), bytes => {
                const name = decodePathBytes(bytes.filter(byte => byte !== 0 && byte !== 0x2f));
                expect(parseRemoteUri(remoteUri('a', `/${name}`))?.path).to.equal(`/${name}`);
            })
        );
    });

    for (const { description, uri } of [
        { description: 'another scheme', uri: 'file:///a' },
        { description: 'no account', uri: 'connect:///a' },
        { description: 'an upper-case account', uri: 'connect://A/a' },
        { description: 'a query', uri: 'connect://a/b?c' },
        { description: 'broken percent encoding', uri: 'connect://a/%ff' },
        { description: 'nothing', uri: '' }
    ]) {
        it(`refuses ${description}`, () => expect(parseRemoteUri(uri)).to.equal(undefined));
    }

    it('takes a bare account for its root', () => {
        expect(parseRemoteUri('connect://a')).to.deep.equal({ accountId: 'a', path: '/' });
    });
});

/** One name is one segment to Theia: the tree, dialogs and editors walk up and down by these. */
function expectTheiaKnowsParent(uri: URI, parent: URI): void {
    expect(uri.path.isRoot).to.equal(false);
    expect(uri.parent.toString()).to.equal(parent.toString());
    expect(parent.resolve(uri.path.base).toString()).to.equal(uri.toString());
    expect(parent.relative(uri)?.toString()).to.equal(uri.path.base);
}

function legalName(name: string): boolean {
    return !name.includes('/') && !name.includes('\0');
}
