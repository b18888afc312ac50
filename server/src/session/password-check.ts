import { createHmac, randomBytes, timingSafeEqual } from 'crypto';
import { Clock, Limiter } from '@connect/base';
import { hashPassword, verifyPassword } from '../storage/password-hash';

/** Password hashes computed at the same time: each takes 32 MiB and a third of a second of a core. */
const MAX_CONCURRENT = 2;

/** Those that wait; beyond it attempts are refused, since their clients would have given up before their turn. */
const MAX_WAITING = 64;

/** A password that was right is recognised for this long without the costly hash: transfers log in one by one. */
const REMEMBERED_MS = 10 * 60_000;
const MAX_REMEMBERED = 1000;

interface Remembered {
    /** HMAC under a key that lives in this process only. */
    readonly digest: Buffer;
    /** The hash it was checked against: a new password ends it. */
    readonly passwordHash: string;
    readonly untilMs: number;
}

/**
 * Checks passwords at a bounded cost. A wrong password always costs the whole hash, for users that do not exist too;
 * only one that was right a moment ago is quick.
 */
export class PasswordCheck {
    private readonly key = randomBytes(32);
    /** By user name, oldest first. */
    private readonly remembered = new Map<string, Remembered>();
    private readonly turns = new Limiter(MAX_CONCURRENT);
    /** Made beforehand: the first login should not wait for it, nor share its processor with it. */
    private readonly decoy = hashPassword('');

    /** @param verify the costly work; tests give their own */
    constructor(
        private readonly clock: Clock,
        private readonly verify: typeof verifyPassword = verifyPassword
    ) {}

    /** @param passwordHash the stored one; undefined when there is no such user, or none with a password */
    async matches(user: string, password: string, passwordHash: string | undefined): Promise<boolean> {
        const digest = createHmac('sha256', this.key).update(password.normalize('NFC')).digest();
        if (passwordHash !== undefined && this.isRemembered(user, digest, passwordHash)) {
            return true;
        }
        const stored = passwordHash ?? (await this.decoy);
        const isRight =
            (await this.inTurn(() => this.verify(password, stored))) && passwordHash !== undefined;
        if (isRight) {
            this.remember(user, { digest, passwordHash, untilMs: this.clock.now() + REMEMBERED_MS });
        }
        return isRight;
    }

    private isRemembered(user: string, digest: Buffer, passwordHash: string): boolean {
        const known = this.remembered.get(user);
        return (
            known !== undefined &&
            known.passwordHash === passwordHash &&
            this.clock.now() < known.untilMs &&
            timingSafeEqual(known.digest, digest)
        );
    }

    private remember(user: string, entry: Remembered): void {
        this.remembered.delete(user);
        this.remembered.set(user, entry);
        if (this.remembered.size > MAX_REMEMBERED) {
            this.remembered.delete(this.remembered.keys().next().value!);
        }
    }

    /** False, without the work, when too many wait already. */
    private async inTurn(work: () => Promise<boolean>): Promise<boolean> {
        return this.turns.waitingCount < MAX_WAITING && this.turns.run(work);
    }
}
