import { AccountSession, AccountType, ServerTarget } from '@connect/api';
import { ConnectError, ErrorData, StageReport } from '@connect/base';
import { ContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { Emitter, Event } from '@theia/core/lib/common/event';
import { inject, injectable, named, preDestroy } from '@theia/core/shared/inversify';
import { Account } from '../common/account-protocol';
import { isSecret, missingSecrets } from '../common/account-validation';
import { AccountStore } from './account-store';
import { CredentialStore } from './credential-store';
import { HostKeyStore } from './host-key-store';

/** Signs in to accounts. One session per account, shared by everyone in the backend. */
@injectable()
export class AccountSessions {
    @inject(ContributionProvider)
    @named(AccountType)
    protected readonly accountTypes: ContributionProvider<AccountType>;
    @inject(AccountStore) protected readonly accounts: AccountStore;
    @inject(CredentialStore) protected readonly credentials: CredentialStore;
    @inject(HostKeyStore) protected readonly hostKeys: HostKeyStore;

    private readonly sessions = new Map<string, Promise<AccountSession>>();
    /** How far the last connection of each account came. */
    private readonly reports = new Map<string, readonly StageReport[]>();
    private readonly removedEmitter = new Emitter<string>();
    /** Id of an account that is gone, after its session ended. */
    readonly onDidRemoveAccount: Event<string> = this.removedEmitter.event;

    types(): AccountType[] {
        return this.accountTypes.getContributions();
    }

    /** @throws ConnectError `security.account-invalid` when no extension brings this type. */
    type(id: string): AccountType {
        const type = this.types().find(candidate => candidate.id === id);
        if (!type) {
            throw new ConnectError(
                'security.account-invalid',
                `Accounts of type “${id}” are not supported here.`,
                {
                    key: 'typeId'
                }
            );
        }
        return type;
    }

    /** @throws ConnectError `security.account-unknown` */
    account(id: string): Account {
        const account = this.accounts.find(id);
        if (!account) {
            throw new ConnectError('security.account-unknown', 'This account was removed.', {
                accountId: id
            });
        }
        return account;
    }

    /**
     * The session of the account, made when there is none. It belongs to this service: callers do not dispose it.
     * Rejects with `security.account-unknown`, `security.credentials-required`, `transfer.authentication-failed`,
     * `transfer.host-key-unknown`, `transfer.host-key-mismatch` or what kept the account type from connecting. The data
     * of such an error names the account (`accountId`, `name`, `host`) and, where secrets are wanted, the keys of their
     * options (`missing`, separated by commas); a changed host key's also the fingerprint that is trusted (`trusted`).
     */
    async session(accountId: string): Promise<AccountSession> {
        const known = this.sessions.get(accountId);
        if (known) {
            return known;
        }
        const session = this.connect(accountId);
        this.sessions.set(accountId, session);
        try {
            return await session;
        } catch (error) {
            if (this.sessions.get(accountId) === session) {
                this.sessions.delete(accountId);
            }
            throw error;
        }
    }

    /** How far the last connection of the account came, by its own report; nothing where its type does not tell. */
    stages(accountId: string): readonly StageReport[] {
        return this.reports.get(accountId) ?? [];
    }

    /** Key that the user trusts for a server, `SHA256:…`. */
    trustedHostKey(host: string, port: number): string | undefined {
        return this.hostKeys.trusted(host, port);
    }

    /**
     * Where a connection of the account would go, and with what; undefined when its product is no transfer server. The
     * secrets are for a test of that way, in this process. Rejects with `security.account-unknown`,
     * `security.account-invalid`.
     */
    async serverTarget(accountId: string): Promise<ServerTarget | undefined> {
        const { typeId, settings } = this.account(accountId);
        return this.type(typeId).serverTarget?.(settings, await this.credentials.read(accountId));
    }

    /** Ends the account's session; the next call connects anew, with new settings, secrets or host key. */
    async reset(accountId: string): Promise<void> {
        const session = this.sessions.get(accountId);
        this.sessions.delete(accountId);
        await session?.then(
            live => live.dispose(),
            // it never came to be; whoever asked for it was told why
            () => undefined
        );
    }

    /** Ends every session, as when a host key was trusted that any of them may wait for. */
    async resetAll(): Promise<void> {
        await Promise.all([...this.sessions.keys()].map(id => this.reset(id)));
    }

    /** Called once the account is gone from the store. */
    async removed(accountId: string): Promise<void> {
        await this.reset(accountId);
        this.reports.delete(accountId);
        this.removedEmitter.fire(accountId);
    }

    @preDestroy()
    protected dispose(): void {
        for (const id of [...this.sessions.keys()]) {
            void this.reset(id);
        }
    }

    private async connect(accountId: string): Promise<AccountSession> {
        const account = this.account(accountId);
        const type = this.type(account.typeId);
        const secrets = await this.credentials.read(accountId);
        const stages: StageReport[] = [];
        this.reports.set(accountId, stages);
        const missing = missingSecrets(type.options, secrets);
        if (missing.length > 0) {
            throw this.describe(
                new ConnectError('security.credentials-required', `“${account.name}” needs a password.`),
                account,
                missing
            );
        }
        try {
            return await type.connect(account.settings, secrets, {
                trustedHostKey: (host, port) => this.hostKeys.trusted(host, port),
                onStage: report => {
                    // a session that connects anew begins with these
                    if (report.stage === 'name' || report.stage === 'proxy') {
                        stages.length = 0;
                    }
                    stages.push(report);
                }
            });
        } catch (error) {
            // what was refused is what is asked for again
            const used = type.options.filter(option => isSecret(option) && secrets[option.key]);
            throw this.describe(
                ConnectError.from(error),
                account,
                used.map(option => option.key)
            );
        }
    }

    /** The same failure, told which account it is about. */
    private describe(error: ConnectError, account: Account, missing: readonly string[]): ConnectError {
        const wantsSecrets =
            error.code === 'security.credentials-required' || error.code === 'transfer.authentication-failed';
        const data: ErrorData = {
            host: account.settings.host,
            ...error.data,
            accountId: account.id,
            name: account.name,
            ...(wantsSecrets ? { missing: error.data.missing ?? missing.join(',') } : {}),
            ...(error.code === 'transfer.host-key-mismatch' ? { trusted: this.trustedKey(error.data) } : {})
        };
        return new ConnectError(error.code, error.message, data, error.cause ?? error);
    }

    private trustedKey({ host, port }: ErrorData): string | undefined {
        return this.hostKeys.trusted(String(host), Number(port));
    }
}
