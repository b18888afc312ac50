import { AccountModel } from '@connect/security/lib/browser/account-model';
import { AccountService, type KeychainState } from '@connect/security/lib/common/account-protocol';
import { ConnectError } from '@connect/base';
import { ApplicationShell } from '@theia/core/lib/browser/shell/application-shell';
import { CommandRegistry } from '@theia/core/lib/common/command';
import * as React from '@theia/core/shared/react';
import { inject, injectable, postConstruct } from '@theia/core/shared/inversify';
import { PREFERENCES_TABS } from './built-in-tabs';
import type { PreferencesTab, PreferencesTabContribution } from './preferences-tab';
import { PreferencesRefresh } from './preferences-refresh';

/** Commands of the extensions that manage accounts and show them; buttons of those that are not there are left out. */
const ADD = 'connect.account.add';
const EDIT = { command: 'connect.account.edit', label: 'Edit…' };
const REMOVE = { command: 'connect.account.remove', label: 'Remove…' };
/** The view that has the accounts, in another extension. */
const ACCOUNTS_VIEW = 'connect.remote.accounts';
const FORGET = { command: 'connect.account.forget-password', label: 'Forget Saved Password…' };

/** Accounts and what is kept of their secrets. */
@injectable()
export class AccountTabs implements PreferencesTabContribution {
    @inject(AccountModel) protected readonly model: AccountModel;
    @inject(AccountService) protected readonly service: AccountService;
    @inject(CommandRegistry) protected readonly commands: CommandRegistry;
    @inject(ApplicationShell) protected readonly shell: ApplicationShell;
    @inject(PreferencesRefresh) protected readonly refresh: PreferencesRefresh;

    @postConstruct()
    protected init(): void {
        this.model.onDidChange(() => this.refresh.request());
    }

    readonly tabs: readonly PreferencesTab[] = [
        {
            ...PREFERENCES_TABS.accounts,
            sections: [
                {
                    id: 'accounts',
                    title: 'Accounts',
                    rank: 100,
                    note: 'Removing an account stops its transfers and deletes its saved password.',
                    rows: [
                        { id: 'list', render: () => this.list([EDIT, REMOVE]) },
                        {
                            id: 'actions',
                            render: () => (
                                <div className="connect-preferences-field">
                                    {this.button({ command: ADD, label: 'Add Account…' })}
                                    {this.shell.getWidgetById(ACCOUNTS_VIEW) && (
                                        <button
                                            type="button"
                                            className="theia-button secondary"
                                            onClick={() => void this.shell.activateWidget(ACCOUNTS_VIEW)}
                                        >
                                            Show in Remote View
                                        </button>
                                    )}
                                </div>
                            )
                        }
                    ]
                }
            ]
        },
        {
            ...PREFERENCES_TABS.security,
            sections: [
                {
                    id: 'passwords',
                    title: 'Passwords',
                    rank: 100,
                    note: 'A password is kept only when you let it be remembered, and only in the keychain of this system.',
                    rows: [
                        {
                            id: 'keychain',
                            label: 'Keychain',
                            render: () => <Keychain service={this.service} />
                        },
                        { id: 'list', render: () => this.list([FORGET]) }
                    ]
                }
            ]
        }
    ];

    private list(
        actions: ReadonlyArray<{ readonly command: string; readonly label: string }>
    ): React.ReactElement {
        const { accounts, problem } = this.model;
        if (accounts.length === 0) {
            return <p role="status">{problem ? problem.message : 'There is no account yet.'}</p>;
        }
        return (
            <ul className="connect-preferences-accounts">
                {accounts.map(account => (
                    <li key={account.id}>
                        <span>
                            <strong>{account.name}</strong>{' '}
                            <span className="connect-preferences-about">
                                {[account.settings.user, account.settings.host].filter(Boolean).join(' on ')}
                            </span>
                        </span>
                        {actions.map(action => (
                            <React.Fragment key={action.command}>
                                {this.button(action, account.id, `${action.label} ${account.name}`)}
                            </React.Fragment>
                        ))}
                    </li>
                ))}
            </ul>
        );
    }

    private button(
        { command, label }: { readonly command: string; readonly label: string },
        argument?: string,
        name = label
    ): React.ReactElement | null {
        if (!this.commands.getCommand(command)) {
            return null;
        }
        return (
            <button
                type="button"
                className="theia-button secondary"
                aria-label={name}
                onClick={() => void this.commands.executeCommand(command, ...(argument ? [argument] : []))}
            >
                {label}
            </button>
        );
    }
}

function Keychain({ service }: { readonly service: AccountService }): React.ReactElement {
    const [state, setState] = React.useState<KeychainState | undefined>(undefined);
    React.useEffect(() => {
        let isGone = false;
        const take = (next: KeychainState): void => {
            if (!isGone) {
                setState(next);
            }
        };
        service
            .keychain()
            .then(take, (error: unknown) =>
                take({ available: false, reason: ConnectError.from(error).message })
            );
        return () => {
            isGone = true;
        };
    }, [service]);
    const text =
        state === undefined
            ? 'Asking…'
            : state.available
              ? 'Passwords can be kept.'
              : `Nothing can be kept, so transfers cannot go on by themselves after a restart. ${state.reason ?? ''}`;
    return <p role="status">{text}</p>;
}
