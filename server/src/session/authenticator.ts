import { Clock } from '@connect/base';
import { Log } from '../log';
import { User, UserStore } from '../storage/user-store';
import { verifyToken } from './access-token';
import { LoginThrottle } from './login-throttle';
import { PasswordCheck } from './password-check';
import { acceptsOffer, KeyOffer } from './ssh-keys';

/**
 * Decides who somebody is. All methods answer the user or undefined, and cost the same for users that do not exist.
 * Failures are counted per address; offers of unknown keys are not, since clients try all keys they have.
 */
export class Authenticator {
    private readonly passwords: PasswordCheck;

    constructor(
        private readonly users: UserStore,
        private readonly tokenKey: Buffer,
        private readonly throttle: LoginThrottle,
        private readonly clock: Clock,
        private readonly log: Log
    ) {
        this.passwords = new PasswordCheck(clock);
    }

    /** Whether attempts from there are refused without a look, for now. */
    isRefused(address: string): boolean {
        return this.throttle.delayMs(address, this.clock.now()) === undefined;
    }

    async byPassword(name: string, password: string, address: string): Promise<User | undefined> {
        return this.attempt(name, 'password', address, user =>
            this.passwords.matches(name, password, user?.passwordHash)
        );
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
}
