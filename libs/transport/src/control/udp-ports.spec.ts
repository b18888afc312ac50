import { ConnectError } from '@connect/base';
import { expect } from 'chai';
import { askForPorts, portsOfHost } from './udp-ports';

describe('UDP ports of a far end', () => {
    it('are those of the host, else those the client asks for, else the usual ones', () => {
        expect(portsOfHost({})).to.deep.equal({ first: 33001, last: 33100 });
        const asked = askForPorts(40000);
        expect(portsOfHost(asked)).to.deep.equal({ first: 40000, last: 40099 });
        expect(portsOfHost({ ...asked, CONNECT_UDP_PORTS: '50000-50010' })).to.deep.equal({
            first: 50000,
            last: 50010
        });
        expect(portsOfHost({ CONNECT_UDP_PORTS: '50000' })).to.deep.equal({ first: 50000, last: 50000 });
    });

    it('are not asked for without a wish, and end where ports end', () => {
        expect(askForPorts(undefined)).to.deep.equal({});
        expect(portsOfHost(askForPorts(65500))).to.deep.equal({ first: 65500, last: 65535 });
    });

    for (const text of ['0', '2-1', '1-65536', '1-', '-5', 'all', '1-2-3', ' 1']) {
        it(`are not "${text}"`, () => {
            expect(() => portsOfHost({ CONNECT_UDP_PORTS: text })).to.throw(ConnectError, /range of ports/);
        });
    }
});
