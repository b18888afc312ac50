import { expect } from 'chai';
import { ServerChannel } from 'ssh2';
import { User } from '../storage/user-store';
import { LiveTransfers } from './live-transfers';
import type { TransferProcess } from './transfer-process';

const ANA: User = {
    name: 'ana',
    rootDir: '/srv/ana',
    permissions: {
        browse: true,
        download: true,
        upload: true,
        mkdir: true,
        rename: true,
        delete: true,
        owner: false
    },
    rateRules: {},
    tokenSalt: Buffer.alloc(16),
    createdMs: 1
};
const CHANNEL = {} as ServerChannel;

/** A process that notes what is done to it. */
function processOf(
    attachToken: string
): TransferProcess & { readonly deeds: unknown[]; isDetached: boolean } {
    const deeds: unknown[] = [];
    const process = {
        attachToken,
        isDetached: false,
        ended: new Promise<void>(() => undefined),
        deeds,
        attach: (channel: unknown) => deeds.push(channel) > 0,
        terminate: () => deeds.push('terminated')
    };
    return process as unknown as ReturnType<typeof processOf>;
}

describe('live transfers', () => {
    let users: Map<string, User>;
    let transfers: LiveTransfers;

    beforeEach(() => {
        users = new Map([['ana', ANA]]);
        transfers = new LiveTransfers(name => users.get(name));
    });

    afterEach(() => transfers.stop());

    it('gives a session to a login of the same user that has its token', () => {
        const process = processOf('a');
        transfers.add(processOf('b'), ANA);
        transfers.add(process, ANA);
        expect(transfers.attach({ ...ANA }, 'a', CHANNEL)).to.equal(true);
        expect(process.deeds).to.deep.equal([CHANNEL]);
    });

    const strangers: Array<[string, User, string]> = [
        ['without the token', ANA, 'c'],
        ['with no token at all', ANA, ''],
        ['of another user', { ...ANA, name: 'ben' }, 'a'],
        ['of another user who has the name now', { ...ANA, createdMs: 2 }, 'a'],
        ['whose rights were changed', { ...ANA, permissions: { ...ANA.permissions, upload: false } }, 'a'],
        ['whose folder was changed', { ...ANA, rootDir: '/srv/other' }, 'a']
    ];
    for (const [who, user, token] of strangers) {
        it(`gives none to a login ${who}`, () => {
            const process = processOf('a');
            transfers.add(process, ANA);
            expect(transfers.attach(user, token, CHANNEL)).to.equal(false);
            expect(process.deeds).to.deep.equal([]);
        });
    }

    it('ends all of them once it is closed, and then takes no more', () => {
        const process = processOf('a');
        transfers.add(process, ANA);
        expect(transfers.isClosed).to.equal(false);
        expect(transfers.close()).to.deep.equal([process]);
        expect(process.deeds).to.deep.equal(['terminated']);
        expect(transfers.isClosed).to.equal(true);
    });

    it('ends those without a connection whose user is gone or has other rights, and no others', () => {
        const [lost, connected] = [processOf('a'), processOf('b')];
        transfers.add(lost, ANA);
        transfers.add(connected, ANA);
        lost.isDetached = true;
        transfers.endRevoked();
        expect(lost.deeds).to.deep.equal([]);
        users.delete('ana');
        transfers.endRevoked();
        expect([lost.deeds, connected.deeds]).to.deep.equal([['terminated'], []]);
    });
});
