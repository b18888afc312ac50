import { Clock } from '@connect/base';
import { Log } from '../log';
import { hashPassword, verifyPassword } from '../storage/password-hash';
import { User, UserStore } from '../storage/user-store';
import { verifyToken } from './access-token';
import { LoginThrottle } from './login-throttle';
import { acceptsOffer, KeyOffer } from './ssh-keys';

/** Password hashes computed at the same time: each takes 32 MiB and a third of a second of a core. */
const MAX_CONCURRENT_HASHES = 2;

/** Hashes that wait; beyond it attempts are refused, since their clients would have given up before their turn. */
const MAX_WAITING_HASHES = 64;

/**
 * Decides who somebody is. All methods answer the user or undefined, and cost the same for users that do not exist.
 * Failures are counted per address; offers of unknown keys are not, since clients try all keys they have.
 */
export class Authenticator {
    private hashing = 0;
    private readonly waiting: Array<() => void> = [];
    private decoy: Promise<string> | undefined;

    constructor(
        private readonly users: UserStore,
        private readonly tokenKey: Buffer,
        private readonly throttle: LoginThrottle,
        private readonly clock: Clock,
        private readonly log: Log
    ) {}

    /** Whether attempts from there are refused without a look, for now. */
    isRefused(address: string): boolean {
        return this.throttle.delayMs(address, this.clock.now()) === undefined;
    }

    async byPassword(name: string, password: string, address: string): Promise<User | undefined> {
        return this.attempt(name, 'password', address, async user => {
            this.decoy ??= hashPassword('');
            const stored = user?.passwordHash ?? (await this.decoy);
            const isRight = await this.inTurn(() => verifyPassword(password, stored));
            return isRight === true && user?.passwordHash !== undefined;
        });
    }

    async byToken(name: string, token: string, address: string): Promise<User | undefined> {
        return this.attempt(name, 'token', address, async user =>
            verifyToken(this.tokenKey, user?.tokenSalt, name, token, this.clock.wallNow())
        );
    }

    /** Also answers the user for an offer without a signature: that is a question, and the caller must not let in. */
    async byKey(name: string, offer: KeyOffer, address: string): Promise<User | undefined> {
        const decide = async (user: User | undefined): Promise<boolean> =>
            user !== undefined && acceptsOffer(this.users.keys(name), offer);
        if (offer.signature) {
            return this.attempt(name, 'publickey', address, decide);
        }
        const user = this.users.find(name);
        return !this.isRefused(address) && (await decide(user)) ? user : undefined;
    }

    private async attempt(
        name: string,
        method: string,
        address: string,
        decide: (user: User | undefined) => Promise<boolean>
    ): Promise<User | undefined> {
        const delayMs = this.throttle.delayMs(address, this.clock.now());
        if (delayMs === undefined) {
            return undefined;
        }
        if (delayMs > 0) {
            await new Promise<void>(resolve => this.clock.setTimeout(resolve, delayMs));
        }
        const user = this.users.find(name);
        if (await decide(user)) {
            this.log('login', { user: name, method, address });
            return user;
        }
        this.throttle.failed(address, this.clock.now());
        this.log('login-failed', { user: name.slice(0, 64), method, address });
        return undefined;
    }

    /** Undefined when too many wait already. */
    private async inTurn<T>(work: () => Promise<T>): Promise<T | undefined> {
        if (this.hashing >= MAX_CONCURRENT_HASHES) {
            if (this.waiting.length >= MAX_WAITING_HASHES) {
                return undefined;
            }
            await new Promise<void>(resolve => this.waiting.push(resolve));
        } else {
            this.hashing += 1;
        }
        try {
            return await work();
        } finally {
            // The place is handed on, or given back when nobody waits.
            const next = this.waiting.shift();
            if (next) {
                next();
            } else {
                this.hashing -= 1;
            }
        }
    }
}
