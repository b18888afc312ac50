import { expect } from 'chai';
import { parseHostText } from './host-text';

describe('host that is typed', () => {
    it('may have a port', () => {
        expect(parseHostText(' files.example ')).to.deep.equal({ host: 'files.example' });
        expect(parseHostText('192.0.2.7:22')).to.deep.equal({ host: '192.0.2.7', sshPort: 22 });
        expect(parseHostText('fd00::1')).to.deep.equal({ host: 'fd00::1' });
        expect(parseHostText('[fd00::1]:22')).to.deep.equal({ host: 'fd00::1', sshPort: 22 });
    });

    it('is no address of a page, no login, and no nonsense', () => {
        for (const text of ['', 'https://a', 'ana@h', 'h:0', 'h:70000', 'a b', 'h:port']) {
            expect(parseHostText(text), text).to.equal(undefined);
        }
    });
});
