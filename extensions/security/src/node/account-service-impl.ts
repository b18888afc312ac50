import { AccountSecrets, AccountSettings, AccountType } from '@connect/api';
import { ConnectError } from '@connect/base';
import { inject, injectable } from '@theia/core/shared/inversify';
import { randomBytes } from 'node:crypto';
import {
    Account,
    AccountClient,
    AccountService,
    AccountTypeInfo,
    KeychainState,
    NewAccount,
    Remembered
} from '../common/account-protocol';
import { isSecret, validName, validSettings } from '../common/account-validation';
import { AccountSessions } from './account-sessions';
import { AccountStore } from './account-store';
import { CredentialStore } from './credential-store';
import { HostKeyStore } from './host-key-store';

const FINGERPRINT = /^SHA256:[A-Za-z0-9+/]{43}=?$/;

/** Accounts of this user, for every window. */
@injectable()
export class AccountServiceImpl implements AccountService {
    @inject(AccountStore) protected readonly accounts: AccountStore;
    @inject(AccountSessions) protected readonly sessions: AccountSessions;
    @inject(CredentialStore) protected readonly credentials: CredentialStore;
    @inject(HostKeyStore) protected readonly hostKeys: HostKeyStore;

    private readonly clients = new Set<AccountClient>();

    addClient(client: AccountClient): void {
        this.clients.add(client);
    }

    removeClient(client: AccountClient): void {
        this.clients.delete(client);
    }

    async list(): Promise<Account[]> {
        return this.accounts.list();
    }

    async types(): Promise<AccountTypeInfo[]> {
        return this.sessions.types().map(({ id, label, options }) => ({ id, label, options }));
    }

    async add(request: NewAccount): Promise<Account> {
        const type = this.sessions.type(request.typeId);
        const account: Account = {
            id: randomBytes(6).toString('hex'),
            name: validName(request.name, this.names()),
            typeId: type.id,
            settings: validSettings(type.options, request.settings)
        };
        const secrets = validSecrets(type, request.secrets);
        this.accounts.save(account);
        if (Object.keys(secrets).length > 0) {
            await this.credentials.write(account.id, secrets, request.remember);
        }
        this.announce();
        return account;
    }

    async update(id: string, request: { name: string; settings: AccountSettings }): Promise<Account> {
        const old = this.sessions.account(id);
        const type = this.sessions.type(old.typeId);
        const account: Account = {
            ...old,
            name: validName(request.name, this.names(id)),
            settings: validSettings(type.options, request.settings)
        };
        this.accounts.save(account);
        await this.sessions.reset(id);
        this.announce();
        return account;
    }

    async remove(id: string): Promise<void> {
        this.sessions.account(id);
        this.accounts.remove(id);
        await this.forgetRemoved();
        await this.sessions.removed(id);
        this.announce();
    }

    async provideSecrets(id: string, secrets: AccountSecrets, remember: boolean): Promise<Remembered> {
        const type = this.sessions.type(this.sessions.account(id).typeId);
        const known = await this.credentials.read(id);
        const outcome = await this.credentials.write(
            id,
            { ...known, ...validSecrets(type, secrets) },
            remember
        );
        await this.sessions.reset(id);
        return outcome;
    }

    /** @throws ConnectError `security.keychain-unavailable` when they may still be in the keychain. */
    async forgetSecrets(id: string): Promise<void> {
        this.sessions.account(id);
        const forgotten = await this.credentials.forget(id);
        await this.sessions.reset(id);
        if (!forgotten) {
            const { reason } = await this.credentials.keychain();
            throw new ConnectError(
                'security.keychain-unavailable',
                `The password is no longer in memory. ${reason ?? 'Try again to delete it from the keychain.'}`
            );
        }
    }

    async trustHostKey(host: string, port: number, fingerprint: string): Promise<void> {
        if (!FINGERPRINT.test(fingerprint) || host === '' || !Number.isInteger(port)) {
            throw new ConnectError('usage', 'A host key is trusted by host, port and SHA256 fingerprint.', {
                host,
                port
            });
        }
        this.hostKeys.trust(host, port, fingerprint);
        // sessions opened under the old key end with it; those of other accounts on that host as well
        await this.sessions.resetAll();
    }

    keychain(): Promise<KeychainState> {
        return this.credentials.keychain();
    }

    /** Deletes secrets of removed accounts that the keychain could not delete earlier. */
    async forgetRemoved(): Promise<void> {
        for (const id of this.accounts.secretsToForget()) {
            if (await this.credentials.forget(id)) {
                this.accounts.secretsForgotten(id);
            }
        }
    }

    /** Tells every window the accounts as they are now. */
    announce(): void {
        const accounts = this.accounts.list();
        this.clients.forEach(client => client.onDidChangeAccounts(accounts));
    }

    setClient(): void {
        // clients come and go with their connections: addClient, removeClient
    }

    dispose(): void {
        this.clients.clear();
    }

    private names(exceptId?: string): string[] {
        return this.accounts
            .list()
            .filter(account => account.id !== exceptId)
            .map(account => account.name);
    }
}

/** Only secrets that the account type knows, and only such as are filled in. */
function validSecrets(type: AccountType, secrets: AccountSecrets): AccountSecrets {
    const keys = type.options.filter(isSecret).map(option => option.key);
    const stray = Object.keys(secrets).find(key => !keys.includes(key));
    if (stray !== undefined) {
        throw new ConnectError(
            'security.account-invalid',
            `“${stray}” is no secret of this kind of account.`,
            { key: stray }
        );
    }
    return Object.fromEntries(Object.entries(secrets).filter(([, value]) => value !== ''));
}
