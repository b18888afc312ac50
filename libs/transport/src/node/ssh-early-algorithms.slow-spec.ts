import { once } from 'node:events';
import { connect } from 'node:net';
import { expect } from 'chai';
import { PlainSshHost } from '../testing/plain-ssh-host';
import { connectAndRun, connectSsh, expectFingerprint } from './ssh-channel';
import { sayAlgorithmsEarly } from './ssh-early-algorithms';
import { SERVER_IDENT } from './ssh-shortcuts';

const KEXINIT = 20;
const COMMAND = [process.execPath, '-e', 'process.stdout.write("here"); process.stdin.resume()'];

describe('algorithms of a server that says them early', () => {
    let host: PlainSshHost;
    let forget: () => void;

    before(() => (forget = sayAlgorithmsEarly()));
    after(() => forget());

    beforeEach(async () => {
        host = await PlainSshHost.start({ command: COMMAND, password: 'open sesame', ident: SERVER_IDENT });
    });

    afterEach(() => host.stop());

    it('are there before the client has said a word', async () => {
        const socket = connect(host.port, '127.0.0.1');
        let heard = Buffer.alloc(0);
        while (heard.length < 100) {
            const [bytes] = (await once(socket, 'data')) as [Buffer];
            heard = Buffer.concat([heard, bytes]);
        }
        socket.destroy();
        const end = heard.indexOf('\r\n') + 2;
        expect(heard.toString('latin1', 0, end)).to.equal(`SSH-2.0-${SERVER_IDENT}\r\n`);
        const packetBytes = heard.readUInt32BE(end);
        expect(heard[end + 5]).to.equal(KEXINIT);
        // once, and nothing else
        expect(heard.length).to.equal(end + 4 + packetBytes);
    });

    it('do not keep a client from its login, nor the next', async () => {
        for (let login = 0; login < 2; login++) {
            const { client, command } = await connectAndRun(
                {
                    host: '127.0.0.1',
                    port: host.port,
                    user: 'me',
                    credentials: { password: 'open sesame' },
                    checkHostKey: expectFingerprint(host.fingerprint)
                },
                'connect-cp --server'
            );
            const [word] = (await once(await command, 'data')) as [Buffer];
            expect(String(word)).to.equal('here');
            client.end();
        }
    });

    it('do not keep the server from refusing a login', async () => {
        const login = connectSsh({
            host: '127.0.0.1',
            port: host.port,
            user: 'me',
            credentials: { password: 'wrong' },
            checkHostKey: expectFingerprint(host.fingerprint)
        });
        const error: unknown = await login.catch((failure: unknown) => failure);
        expect(error).to.have.property('code', 'transfer.authentication-failed');
    });
});
