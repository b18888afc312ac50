import { expect } from 'chai';
import { existsSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { MessageLink } from './message-link';
import { newRendezvousPath, reachCoordinator, Rendezvous, rendezvousPath } from './rendezvous';

describe('rendezvous of the processes of a transfer', function () {
    if (process.platform === 'win32') {
        return;
    }

    it('is private, the same for the same facts, and carries messages both ways', async () => {
        const path = rendezvousPath(['upload', String(process.hrtime.bigint())]);
        const answered = new Promise<unknown>(resolve => {
            void Rendezvous.listen(path, socket => {
                const link = new MessageLink<unknown, unknown>(socket);
                link.onMessage = message => link.send({ heard: message });
            }).then(async rendezvous => {
                expect(statSync(path).mode & 0o077).to.equal(0);
                expect(statSync(dirname(path)).mode & 0o077).to.equal(0);
                const link = new MessageLink<unknown, unknown>(await reachCoordinator(path, 1000));
                link.onMessage = message => {
                    link.end();
                    rendezvous.close();
                    resolve(message);
                };
                link.send({ size: 7n, large: 'x'.repeat(200_000) });
            });
        });
        expect(await answered).to.deep.equal({ heard: { size: 7n, large: 'x'.repeat(200_000) } });
        expect(existsSync(path)).to.equal(false);
    });

    it('is refused to a second coordinator, and taken over from one that was killed', async () => {
        const path = newRendezvousPath();
        // stands for the socket of a process that is gone: nobody answers there
        const abandoned = newRendezvousPath();
        writeFileSync(abandoned, '');
        utimesSync(abandoned, 1e9, 1e9);
        const first = await Rendezvous.listen(path, socket => socket.destroy());
        expect(existsSync(abandoned)).to.equal(false);
        const refused = await Rendezvous.listen(path, () => undefined).catch((error: Error) => error);
        expect(refused).to.have.property('code', 'usage');
        first.close();
        const missing = await reachCoordinator(path, 0).catch((error: Error) => error);
        expect(missing).to.have.property('code', 'transfer.connect-timeout');
    });
});
