import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { expect } from 'chai';
import { utils } from 'ssh2';
import { PlainSshHost, PlainSshHostOptions } from '../testing/plain-ssh-host';
import { RoundTripCounter } from '../testing/round-trip-counter';
import { SERVER_IDENT } from './ssh-shortcuts';
import { connectAndRun, expectFingerprint, SshCredentials } from './ssh-channel';
import { newSshKeyPair } from './ssh-key-pair';

const COMMAND = [process.execPath, '-e', 'process.stdout.write("here"); process.stdin.resume()'];

/** Connection, version, key exchange, login, channel, command. */
const ROUND_TRIPS = 6;

describe('round trips of a login until the first word of a command', () => {
    let host: PlainSshHost;
    let path: RoundTripCounter;

    afterEach(async () => {
        await path.stop();
        await host.stop();
    });

    const roundTrips = async (
        options: Partial<PlainSshHostOptions>,
        credentials: SshCredentials
    ): Promise<number> => {
        host = await PlainSshHost.start({ command: COMMAND, ...options });
        path = await RoundTripCounter.start(host.port);
        const login = {
            host: '127.0.0.1',
            port: path.port,
            user: 'me',
            credentials,
            checkHostKey: expectFingerprint(host.fingerprint)
        };
        const { client, command } = await connectAndRun(login, 'connect-cp --server');
        const [word] = (await once(await command, 'data')) as [Buffer];
        expect(String(word)).to.equal('here');
        const { count } = path;
        client.end();
        return count;
    };

    it('are as few with a password', async () => {
        expect(await roundTrips({ password: 'open sesame' }, { password: 'open sesame' })).to.equal(
            ROUND_TRIPS
        );
    });

    for (const type of ['rsa', 'ed25519'] as const) {
        it(`are as few with a key (${type})`, async () => {
            const pair = type === 'rsa' ? utils.generateKeyPairSync(type, { bits: 2048 }) : newSshKeyPair();
            const options = { publicKey: pair.public };
            expect(await roundTrips(options, { privateKey: pair.private })).to.equal(ROUND_TRIPS);
        });
    }

    it('are two less with a connect-server, which takes channel and command together with the login', async () => {
        const byPassword = { password: 'open sesame', ident: SERVER_IDENT };
        expect(await roundTrips(byPassword, { password: 'open sesame' })).to.equal(ROUND_TRIPS - 2);
        await path.stop();
        await host.stop();
        const pair = newSshKeyPair();
        const byKey = { publicKey: pair.public, ident: SERVER_IDENT };
        expect(await roundTrips(byKey, { privateKey: pair.private })).to.equal(ROUND_TRIPS - 2);
    });

    it('are one less with a connect-server that does not take the first login: then the command comes after', async () => {
        const stranger = newSshKeyPair();
        const options = { password: 'open sesame', ident: SERVER_IDENT };
        const credentials = { privateKey: stranger.private, password: 'open sesame' };
        expect(await roundTrips(options, credentials)).to.equal(ROUND_TRIPS);
    });

    it('are one more with a token, which the host asks for', async () => {
        expect(await roundTrips({ token: 'a token' }, { token: 'a token' })).to.equal(ROUND_TRIPS + 1);
    });

    it('are more when the host does not take the first that is offered, and the login succeeds', async () => {
        const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
        const stranger = privateKey.export({ type: 'pkcs1', format: 'pem' }).toString();
        const own = newSshKeyPair();
        const options = { publicKey: own.public, password: 'open sesame' };
        const credentials = { privateKey: stranger, password: 'open sesame' };
        expect(await roundTrips(options, credentials)).to.equal(ROUND_TRIPS + 1);
    });
});
