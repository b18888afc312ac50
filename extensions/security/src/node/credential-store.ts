import { AccountSecrets } from '@connect/api';
import { injectable } from '@theia/core/shared/inversify';
import { KeychainState, Remembered } from '../common/account-protocol';
import { CREDENTIAL_SERVICE } from './credential-service-name';
import { parseSecrets, serviceSecrets } from './service-credentials';

/** What this file uses of `keytar`; tests give their own. */
export interface Keychain {
    getPassword(service: string, account: string): Promise<string | null>;
    setPassword(service: string, account: string, password: string): Promise<void>;
    deletePassword(service: string, account: string): Promise<boolean>;
}

/** An operation that takes longer is given up: a keychain that waits for a prompt nobody sees must not stop Connect. */
const KEYCHAIN_TIMEOUT_MS = 5_000;
/** Entry that is written and deleted to learn whether the keychain can be written to. */
const PROBE = 'connect-probe';

/**
 * Secrets of accounts. They live in the OS keychain when the user wants them remembered and the keychain works, and
 * in the memory of this process else; a service may be given them by its manager. One keychain entry per account, a JSON object by option key. Nothing here ever
 * throws because of the keychain: what could not be saved is said in a sentence.
 */
@injectable()
export class CredentialStore {
    private readonly memory = new Map<string, AccountSecrets>();
    private works = false;
    /** A call that did not come back in time. While it hangs no other is made: each would hold a thread of the pool. */
    private hanging?: Promise<unknown>;

    /** Known secrets of the account; empty when there are none. */
    async read(accountId: string): Promise<AccountSecrets> {
        const known = this.memory.get(accountId);
        if (known) {
            return known;
        }
        const { value } = await this.use(keychain => keychain.getPassword(CREDENTIAL_SERVICE, accountId));
        const secrets = value ? parseSecrets(value) : {};
        // a window may have provided secrets in the meantime: those are newer
        const latest = this.memory.get(accountId) ?? secrets;
        return Object.keys(latest).length > 0 ? latest : serviceSecrets(accountId);
    }

    /** Replaces the account's secrets. With `remember` false, what an earlier time put into the keychain is deleted. */
    async write(accountId: string, secrets: AccountSecrets, remember: boolean): Promise<Remembered> {
        this.memory.set(accountId, secrets);
        if (!remember) {
            await this.use(keychain => keychain.deletePassword(CREDENTIAL_SERVICE, accountId));
            return { remembered: false };
        }
        const { reason } = await this.use(keychain =>
            keychain.setPassword(CREDENTIAL_SERVICE, accountId, JSON.stringify(secrets))
        );
        return reason === undefined ? { remembered: true } : { remembered: false, reason };
    }

    /** Drops the account's secrets everywhere; false when the keychain could not be asked to. */
    async forget(accountId: string): Promise<boolean> {
        this.memory.delete(accountId);
        const { reason } = await this.use(keychain => keychain.deletePassword(CREDENTIAL_SERVICE, accountId));
        return reason === undefined;
    }

    /** Tries the keychain by writing to it: one that is locked or has no collection still answers reads with nothing. */
    async keychain(): Promise<KeychainState> {
        if (this.works) {
            return { available: true };
        }
        const { reason } = await this.use(async keychain => {
            await keychain.setPassword(CREDENTIAL_SERVICE, PROBE, PROBE);
            await keychain.deletePassword(CREDENTIAL_SERVICE, PROBE);
        });
        return reason === undefined ? { available: true } : { available: false, reason };
    }

    protected async load(): Promise<Keychain> {
        return import('keytar');
    }

    protected get timeoutMs(): number {
        return KEYCHAIN_TIMEOUT_MS;
    }

    private async use<T>(work: (keychain: Keychain) => Promise<T>): Promise<{ value?: T; reason?: string }> {
        if (this.hanging) {
            return {
                reason: 'The keychain of this system does not answer; it may be waiting to be unlocked.'
            };
        }
        const call = this.load().then(work);
        try {
            const value = await this.inTime(call);
            this.works = true;
            return { value };
        } catch (error) {
            this.works = false;
            return { reason: reasonOf(error) };
        }
    }

    private async inTime<T>(call: Promise<T>): Promise<T> {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_resolve, reject) => {
            timer = setTimeout(() => {
                const settled = (): void => {
                    this.hanging = undefined;
                };
                this.hanging = call.then(settled, settled);
                reject(new Error('it does not answer; it may be waiting to be unlocked'));
            }, this.timeoutMs);
        });
        try {
            return await Promise.race([call, late]);
        } finally {
            clearTimeout(timer);
        }
    }
}

/** The keychain's own words are for people; they hold no secret. */
function reasonOf(error: unknown): string {
    const detail = error instanceof Error ? error.message : String(error);
    return `The keychain of this system cannot be used: ${detail.trim().replace(/\.?$/, '.')}`;
}
