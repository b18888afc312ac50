import { expect } from 'chai';
import { once } from 'events';
import { connect } from 'net';
import { Client } from 'ssh2';
import { serverConfig } from '../config/server-config';
import { User } from '../storage/user-store';
import { Authenticator } from './authenticator';
import { newHostKey } from './ssh-keys';
import { SshServer } from './ssh-server';
import { UserConnectionServices } from './user-connection';

/** How many timers that go on are begun by `work` and what follows from it at once. */
async function intervalsBegunBy(work: () => void): Promise<number> {
    const original = globalThis.setInterval;
    let count = 0;
    globalThis.setInterval = ((...args: Parameters<typeof original>) => {
        count += 1;
        return original(...args).unref();
    }) as typeof original;
    work();
    await new Promise(resolve => setImmediate(resolve));
    globalThis.setInterval = original;
    return count;
}

describe('the SSH side of the server', () => {
    it('does not watch a client that went away while its password was checked', async () => {
        let letIn!: (user: User) => void;
        let asked!: () => void;
        const isAsked = new Promise<void>(resolve => (asked = resolve));
        const authenticator = {
            isRefused: () => false,
            byPassword: () => {
                asked();
                return new Promise<User>(resolve => (letIn = resolve));
            }
        } as unknown as Authenticator;
        const services = {} as UserConnectionServices;
        const server = new SshServer(
            newHostKey(),
            serverConfig({}),
            authenticator,
            services,
            () => undefined
        );
        const port = await server.listen('127.0.0.1', 0);
        const sock = connect(port, '127.0.0.1');
        const client = new Client().on('error', () => undefined);
        client.connect({ sock, username: 'ana', password: 'secret', authHandler: ['password'] });
        await isAsked;
        sock.destroy();
        await once(client, 'close');
        // the server has seen it when nothing is left of the connection
        await server.close();
        expect(await intervalsBegunBy(() => letIn({ name: 'ana' } as User))).to.equal(0);
    });
});
