import { AccountOption, AccountSecrets, AccountSettings } from '@connect/api';
import { RpcServer } from '@theia/core/lib/common/messaging/proxy-factory';

/** A place that the user can reach, as every window sees it. Holds no secret. */
export interface Account {
    /** Lower-case letters, digits and dashes; never reused. Authority of the account's URIs. */
    readonly id: string;
    readonly name: string;
    /** Id of the `AccountType` that connects it. */
    readonly typeId: string;
    readonly settings: AccountSettings;
}

/** What the form for a new account needs to know about an account type. */
export interface AccountTypeInfo {
    readonly id: string;
    readonly label: string;
    readonly options: readonly AccountOption[];
}

export interface NewAccount {
    readonly name: string;
    readonly typeId: string;
    readonly settings: AccountSettings;
    readonly secrets: AccountSecrets;
    /** Put the secrets into the keychain; else they are kept in memory until the backend ends. */
    readonly remember: boolean;
}

/** Outcome of a wish to remember: `reason` says in a sentence why nothing was saved. */
export interface Remembered {
    readonly remembered: boolean;
    readonly reason?: string;
}

/** Whether secrets can be saved on this machine now; `reason` says in a sentence why not. */
export interface KeychainState {
    readonly available: boolean;
    readonly reason?: string;
}

export const ACCOUNT_SERVICE_PATH = '/services/connect/accounts';

export const AccountService = Symbol('AccountService');

/**
 * The accounts of this user. Calls reject with a ConnectError (see `rpc-errors`): `security.account-unknown`,
 * `security.account-invalid` with the option's `key` in its data. No answer ever carries a secret.
 */
export interface AccountService extends RpcServer<AccountClient> {
    list(): Promise<Account[]>;
    types(): Promise<AccountTypeInfo[]>;
    add(request: NewAccount): Promise<Account>;
    update(
        id: string,
        request: { readonly name: string; readonly settings: AccountSettings }
    ): Promise<Account>;
    /** Removes its secrets as well and ends its session. */
    remove(id: string): Promise<void>;
    /**
     * Secrets typed by the user after a failure with code `security.credentials-required` or
     * `transfer.authentication-failed`; kept in memory, and in the keychain when `remember`.
     */
    provideSecrets(id: string, secrets: AccountSecrets, remember: boolean): Promise<Remembered>;
    forgetSecrets(id: string): Promise<void>;
    /** Pins a host key, in place of the one known before. Only after the user has seen and confirmed `fingerprint`. */
    trustHostKey(host: string, port: number, fingerprint: string): Promise<void>;
    keychain(): Promise<KeychainState>;
}

/** What the backend tells every window. */
export interface AccountClient {
    /** The whole list, after every change. */
    onDidChangeAccounts(accounts: Account[]): void;
}
