import { parseRemoteUri } from '@connect/security/lib/common/remote-uri';
import { expect } from 'chai';
import { baseNameOf, childUri, decodeUriPath, jobName, localPathOf } from './source-uris';

describe('source URIs', () => {
    const paths: Array<[string, string, boolean, string | undefined]> = [
        ['a plain file', 'file:///home/u/a.txt', false, '/home/u/a.txt'],
        ['spaces, a newline and an emoji', 'file:///t/a%20b%0Ac%F0%9F%8C%B2', false, '/t/a b\nc🌲'],
        ['a name that is not UTF-8', 'file:///t/%FF', false, '/t/\udcff'],
        ['a percent sign that escapes nothing', 'file:///t/100%', false, '/t/100%'],
        ['unescaped text', 'file:///t/é', false, '/t/é'],
        ['a drive', 'file:///c%3A/Users/u', true, 'c:\\Users\\u'],
        ['another scheme', 'connect://a/b', false, undefined],
        ['another host', 'file://server/share', false, undefined]
    ];
    for (const [description, uri, windows, path] of paths) {
        it(`reads ${description}`, () => expect(localPathOf(uri, windows)).to.equal(path));
    }

    it('keeps composed and decomposed names apart', () => {
        expect(decodeUriPath('%C3%A9')).to.not.equal(decodeUriPath('e%CC%81'));
    });

    it('names a job after its sources', () => {
        expect(jobName(['connect://acc/Media/2026/'])).to.equal('2026');
        expect(jobName(['file:///a/one', 'file:///a/two', 'file:///a/three'])).to.equal('one and 2 more');
        expect(baseNameOf('connect://acc/')).to.equal('connect://acc/');
    });

    it('names what lies below, whatever it is called', () => {
        for (const name of ['a b', 'é', '\udcff', '100%', '#?&', "it's (1)"]) {
            expect(localPathOf(childUri('file:///t/', ['d', name]), false)).to.equal(`/t/d/${name}`);
            expect(parseRemoteUri(childUri('connect://acc/t', [name]))).to.deep.equal({
                accountId: 'acc',
                path: `/t/${name}`
            });
        }
        expect(childUri('connect://acc/', ['x'])).to.equal('connect://acc/x');
        expect(childUri('file:///t', [])).to.equal('file:///t');
    });
});
