import { expect } from 'chai';
import { SkipBanner } from './skip-banner';

const MESSAGE = 'Content-Length: 2\r\n\r\n{}';

function passed(...chunks: readonly string[]): { readonly text: string; readonly filter: SkipBanner } {
    const filter = new SkipBanner();
    chunks.forEach(chunk => filter.write(chunk));
    return { text: String(filter.read() ?? ''), filter };
}

describe('banner before a session', () => {
    it('is left out, and remembered', () => {
        const { text, filter } = passed(`Welcome!\nQuota: 3 %\n${MESSAGE}${MESSAGE}`, MESSAGE);
        expect(text).to.equal(MESSAGE.repeat(3));
        expect(filter.banner).to.equal('Welcome!\nQuota: 3 %\n');
    });

    it('may be missing, and may come in pieces', () => {
        expect(passed(MESSAGE).text).to.equal(MESSAGE);
        expect(passed(...`hello${MESSAGE}`).text).to.equal(MESSAGE);
    });

    it('may be all there is', () => {
        const { text, filter } = passed('This account is not available.\n');
        expect(text).to.equal('');
        expect(filter.banner).to.equal('This account is not available.\n');
    });

    it('has an end', () => {
        const filter = new SkipBanner();
        let failure: Error | undefined;
        filter.on('error', error => (failure = error));
        const finished = new Promise(resolve => filter.once('close', resolve));
        filter.write('x'.repeat(64 * 1024 + 1));
        return finished.then(() => expect(failure).to.include({ code: 'transfer.protocol' }));
    });
});
