import { expect } from 'chai';
import { compileGlob } from './glob-pattern';

/** Pattern, what it matches, what it does not; a slash at the end of a path means a folder. */
const TABLE: ReadonlyArray<readonly [string, string, string]> = [
    ['abc', 'abc x/abc x/y/abc', 'abc/ abcd xabc abc/d x/abc/'],
    ['abc/def', 'abc/def x/abc/def', 'abc abc/x/def xabc/def abc/def/'],
    ['/abc/def', 'abc/def', 'x/abc/def abc'],
    ['abc/', 'abc/ x/abc/', 'abc abcd/ abc/d/'],
    ['abc/*/', 'abc/dir/', 'abc/file abc/ abc/a/b/ abc/.dir/'],
    ['*.tmp', '.tmp a.tmp x/.b/c.tmp', 'a.tmpx tmp .a.tmp a.tmp/'],
    ['abc*', 'abc abc/ abcd x/abcd/', 'abc/d xabc'],
    ['abc*f', 'abcdef abc.f abcf', 'abc/f abcefg abcf/'],
    ['abc??', 'abcde abc.z', 'abcdef abc/d abc abc/.'],
    ['t?p', 'tmp x/tap', 'temp tp t/p'],
    ['*', 'a b/ x/c', '.a x/.b .d/'],
    ['.*', '.a x/.b .d/', 'a a.b'],
    ['?a', 'ba', '.a'],
    ['[abc]def', 'adef cdef', 'abcdef ade ddef'],
    ['[^abc]def', 'zdef 2def', 'bdef .def a/.def'],
    ['[!abc]def', 'zdef 2def', 'cdef'],
    ['file[0-9]', 'file0 file9', 'file filea file10'],
    ['[[:lower:]]def', 'cdef ydef', 'Adef 2def'],
    ['[[:digit:]x]', '3 x', 'y :'],
    ['[]a]', '] a', 'b'],
    ['[a-]', 'a -', 'b'],
    ['[\\]a]', '] a', '\\'],
    ['[a', '[a', 'a'],
    ['[a/b]', '[a/b]', 'a b'],
    ['a/**/f', 'a/f a/.z/f a/d/e/f x/a/f', 'a/d/f/ za/d/f af a/fx'],
    ['/**', 'a a/ .a a/.b/c', ''],
    ['/**/', 'a/ .a/ a/b/', 'a a/b'],
    ['/**/*.txt', 'a.txt x/y/a.txt', 'a.tx a.txt/'],
    ['/**.txt', 'a.txt x/.y/a.txt .txt', 'a.txt.gz'],
    ['abc/**', 'abc/.file abc/d/e/ abc/d', 'abc abc/'],
    ['**/build/', 'build/ a/b/build/', 'build xbuild/'],
    ['abc\\?', 'abc?', 'abcd abc\\?'],
    ['abc\\*', 'abc*', 'abcd abc*/'],
    ['abc\\\\*', 'abc\\ abc\\d/', 'abcd'],
    ['a\\', 'a\\', 'a'],
    ['Abc', 'Abc', 'abc'],
    ['?', 'ä 𝄞', 'ab'],
    ['', '', 'a a/']
];

describe('a pattern of a filter', () => {
    const list = (text: string): string[] => text.split(' ').filter(Boolean);
    const matches = (pattern: string, path: string): boolean =>
        compileGlob(pattern).matches(path.replace(/\/$/, ''), path.endsWith('/'));

    for (const [pattern, yes, no] of TABLE) {
        it(`${JSON.stringify(pattern)} matches what it should`, () => {
            for (const path of list(yes)) {
                expect(matches(pattern, path), path).to.equal(true);
            }
            for (const path of list(no)) {
                expect(matches(pattern, path), path).to.equal(false);
            }
        });
    }

    it('takes names with spaces', () => {
        expect(compileGlob('my file*').matches('x/my file.txt', false)).to.equal(true);
    });

    it('takes steps in proportion to pattern and path, whatever the pattern', () => {
        const path = Array.from({ length: 40 }, () => 'a'.repeat(100)).join('/');
        for (const pattern of [
            '*a'.repeat(500),
            '/**/a*'.repeat(150),
            '[a-z]*?'.repeat(140),
            '/**/'.repeat(250)
        ]) {
            // With backtracking, none of these would ever end.
            expect(compileGlob(`${pattern}!`).matches(path, false)).to.equal(false);
        }
    }).timeout(20_000);
});
