import { ConnectError } from '@connect/base';
import { ILogger } from '@theia/core/lib/common/logger';
import { Emitter, Event } from '@theia/core/lib/common/event';
import { RpcProxy } from '@theia/core/lib/common/messaging/proxy-factory';
import { inject, injectable, named, postConstruct } from '@theia/core/shared/inversify';
import { Account, AccountClient, AccountService } from '../common/account-protocol';

/** Receives what the backend pushes; made before the service whose client it is. */
@injectable()
export class AccountEvents implements AccountClient {
    private readonly changedEmitter = new Emitter<Account[]>();
    readonly onDidChange: Event<Account[]> = this.changedEmitter.event;

    onDidChangeAccounts(accounts: Account[]): void {
        this.changedEmitter.fire(accounts);
    }
}

/** The accounts as this window knows them, kept up to date, also over a lost connection. */
@injectable()
export class AccountModel {
    @inject(AccountService) protected readonly service: RpcProxy<AccountService>;
    @inject(AccountEvents) protected readonly events: AccountEvents;
    @inject(ILogger) @named('connect:accounts') protected readonly logger: ILogger;

    private known: readonly Account[] = [];
    private lastFailure: ConnectError | undefined;
    private hasList = false;
    private readonly changedEmitter = new Emitter<readonly Account[]>();
    readonly onDidChange: Event<readonly Account[]> = this.changedEmitter.event;
    /** Resolves when the backend gave its list for the first time, or failed to: see {@link problem}. */
    ready: Promise<void>;

    @postConstruct()
    protected init(): void {
        this.events.onDidChange(accounts => this.set(accounts));
        this.service.onDidOpenConnection(() => this.reload());
        this.ready = this.reload();
    }

    get accounts(): readonly Account[] {
        return this.known;
    }

    find(id: string): Account | undefined {
        return this.known.find(account => account.id === id);
    }

    /** Why there is no list; undefined while there is one, be it an old one, and before the first answer. */
    get problem(): ConnectError | undefined {
        return this.hasList ? undefined : this.lastFailure;
    }

    /** Asks for the list anew; never rejects. */
    async reload(): Promise<void> {
        try {
            this.set(await this.service.list());
        } catch (error) {
            void this.logger.error('Could not read the accounts', error);
            this.lastFailure = ConnectError.from(error);
            this.changedEmitter.fire(this.known);
        }
    }

    private set(accounts: readonly Account[]): void {
        this.known = accounts;
        this.hasList = true;
        this.changedEmitter.fire(accounts);
    }
}
