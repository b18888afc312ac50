import { ServerChannel } from 'ssh2';
import { Ending } from '../ending';
import { User } from '../storage/user-store';
import type { TransferProcess } from './transfer-process';

/** How often it is looked whether the user of a session without a connection still exists. */
const LOOK_EVERY_MS = 15_000;

/** A transfer, and what it was granted to. */
interface LiveTransfer {
    readonly process: TransferProcess;
    readonly user: User;
}

/**
 * All transfers of the server. A login that comes while one of them has lost its connection may take it over, with the
 * token that the session gave to its client; a user who is removed, or whose rights are changed, loses it.
 */
export class LiveTransfers {
    private readonly transfers = new Set<LiveTransfer>();
    private readonly look: NodeJS.Timeout;
    private isOver = false;

    /** @param findUser as users are now */
    constructor(private readonly findUser: (name: string) => User | undefined) {
        this.look = setInterval(() => this.endRevoked(), LOOK_EVERY_MS);
        this.look.unref();
    }

    /** No more may be added. */
    get isClosed(): boolean {
        return this.isOver;
    }

    /** Not to be called once it {@link isClosed}: nobody would end the session. */
    add(process: TransferProcess, user: User): void {
        const transfer = { process, user };
        this.transfers.add(transfer);
        void process.ended.then(() => this.transfers.delete(transfer));
    }

    /** Gives a transfer of this user a new channel; false when there is none with this token. */
    attach(user: User, token: string, channel: ServerChannel): boolean {
        const found = [...this.transfers].find(
            transfer => transfer.user.name === user.name && transfer.process.attachToken === token
        );
        return found !== undefined && isSameGrant(found.user, user) && found.process.attach(channel);
    }

    /** Ends all of them; takes no more. */
    close(): readonly Ending[] {
        this.stop();
        this.isOver = true;
        const processes = [...this.transfers].map(({ process }) => process);
        processes.forEach(process => process.terminate());
        return processes;
    }

    /** Looks no more. */
    stop(): void {
        clearInterval(this.look);
    }

    /** A session with a connection goes by its login, as ever. Called from time to time. */
    endRevoked(): void {
        for (const { process, user } of this.transfers) {
            const now = process.isDetached ? this.findUser(user.name) : user;
            if (!now || !isSameGrant(user, now)) {
                process.terminate();
            }
        }
    }
}

/** Somebody else may have the name now, or less rights. */
function isSameGrant(a: User, b: User): boolean {
    const grantOf = ({ rootDir, permissions, rateRules, createdMs }: User): string =>
        JSON.stringify([rootDir, permissions, rateRules, createdMs]);
    return grantOf(a) === grantOf(b);
}
