import { AccountOption } from '@connect/api';
import { ConnectError } from '@connect/base';
import { ConfirmDialog } from '@theia/core/lib/browser/dialogs';
import { Command, CommandContribution, CommandRegistry } from '@theia/core/lib/common/command';
import { MessageService } from '@theia/core/lib/common/message-service';
import { QuickInputService } from '@theia/core/lib/common/quick-pick-service';
import { inject, injectable } from '@theia/core/shared/inversify';
import { Account, AccountService, AccountTypeInfo } from '../common/account-protocol';
import { isSecret } from '../common/account-validation';
import { AccountFormDialog, AccountFormValue } from './account-form-dialog';
import { AccountModel } from './account-model';

const CATEGORY = 'Connect';

/** Each takes the id of an account as its argument, and asks which one when it gets none. */
export const AccountCommands = {
    ADD: { id: 'connect.account.add', category: CATEGORY, label: 'Add Account…' },
    EDIT: { id: 'connect.account.edit', category: CATEGORY, label: 'Edit Account…' },
    REMOVE: {
        id: 'connect.account.remove',
        category: CATEGORY,
        label: 'Remove Account…'
    },
    FORGET: {
        id: 'connect.account.forget-password',
        category: CATEGORY,
        label: 'Forget Saved Password…'
    }
} as const satisfies Record<string, Command>;

/** The field for the account's own name, beside those of its type. */
const NAME: AccountOption = {
    key: '#name',
    label: 'Name',
    kind: 'text',
    required: true,
    help: 'Shown in the tree.'
};

/** Commands that manage accounts. */
@injectable()
export class AccountContribution implements CommandContribution {
    @inject(AccountService) protected readonly service: AccountService;
    @inject(AccountModel) protected readonly model: AccountModel;
    @inject(QuickInputService) protected readonly quickInput: QuickInputService;
    @inject(MessageService) protected readonly messages: MessageService;

    registerCommands(registry: CommandRegistry): void {
        const existing = (work: (account: Account) => Promise<void>) => ({
            isEnabled: () => this.model.accounts.length > 0,
            execute: (id?: unknown) => this.report(async () => this.withPicked(id, work))
        });
        registry.registerCommand(AccountCommands.ADD, { execute: () => this.report(() => this.add()) });
        registry.registerCommand(
            AccountCommands.EDIT,
            existing(account => this.edit(account))
        );
        registry.registerCommand(
            AccountCommands.REMOVE,
            existing(account => this.remove(account))
        );
        registry.registerCommand(
            AccountCommands.FORGET,
            existing(account => this.forget(account))
        );
    }

    private async add(): Promise<void> {
        const type = await this.pickType(await this.service.types());
        if (!type) {
            return;
        }
        const secrets = type.options.filter(isSecret).map(option => option.key);
        const keychain = secrets.length > 0 ? await this.service.keychain() : undefined;
        await this.askUntilValid(
            complaint => ({
                title: `Add Account: ${type.label}`,
                options: [NAME, ...type.options.map(optionalSecret)],
                keychain,
                complaint,
                acceptLabel: 'Add Account'
            }),
            ({ values: { [NAME.key]: name, ...values }, remember }) => {
                const isWanted = (key: string, secret: boolean): boolean => secrets.includes(key) === secret;
                const part = (secret: boolean): Record<string, string> =>
                    Object.fromEntries(Object.entries(values).filter(([key]) => isWanted(key, secret)));
                return this.service.add({
                    name,
                    typeId: type.id,
                    settings: part(false),
                    secrets: part(true),
                    remember
                });
            }
        );
    }

    private async edit(account: Account): Promise<void> {
        const type = (await this.service.types()).find(({ id }) => id === account.typeId);
        if (!type) {
            throw new ConnectError(
                'security.account-invalid',
                `No extension supports “${account.name}” any more.`
            );
        }
        await this.askUntilValid(
            (complaint, entered) => ({
                title: `Edit Account “${account.name}”`,
                options: [NAME, ...type.options.filter(option => !isSecret(option))],
                values: entered ?? { ...account.settings, [NAME.key]: account.name },
                complaint,
                acceptLabel: 'Save'
            }),
            ({ values: { [NAME.key]: name, ...settings } }) =>
                this.service.update(account.id, { name, settings })
        );
    }

    private async remove(account: Account): Promise<void> {
        const confirmed = await new ConfirmDialog({
            title: `Remove Account “${account.name}”?`,
            msg: 'Its saved password is deleted and its transfers stop. Files on the server stay as they are.',
            ok: 'Remove'
        }).open();
        if (confirmed) {
            await this.service.remove(account.id);
        }
    }

    private async forget(account: Account): Promise<void> {
        await this.service.forgetSecrets(account.id);
        await this.messages.info(`The password of “${account.name}” is forgotten and will be asked for.`, {
            timeout: 5000
        });
    }

    /** Shows the form again, with what was entered and the backend's complaint, until it is taken or given up. */
    private async askUntilValid(
        form: (
            complaint?: string,
            entered?: AccountFormValue['values']
        ) => ConstructorParameters<typeof AccountFormDialog>[0],
        submit: (value: AccountFormValue) => Promise<unknown>
    ): Promise<void> {
        let complaint: string | undefined;
        let entered: AccountFormValue['values'] | undefined;
        for (;;) {
            const props = form(complaint, entered);
            const value = await new AccountFormDialog({ ...props, values: entered ?? props.values }).open();
            if (!value) {
                return;
            }
            try {
                await submit(value);
                return;
            } catch (error) {
                if (!ConnectError.is(error, 'security.account-invalid')) {
                    throw error;
                }
                complaint = error.message;
                entered = value.values;
            }
        }
    }

    private async pickType(types: readonly AccountTypeInfo[]): Promise<AccountTypeInfo | undefined> {
        if (types.length === 0) {
            throw new ConnectError(
                'not-supported',
                'No extension that is installed offers a kind of account.'
            );
        }
        if (types.length === 1) {
            return types[0];
        }
        const items = types.map(type => ({ label: type.label, accountType: type }));
        const picked = await this.quickInput.showQuickPick(items, { placeholder: 'What kind of account?' });
        return picked?.accountType;
    }

    private async withPicked(id: unknown, work: (account: Account) => Promise<void>): Promise<void> {
        const given = typeof id === 'string' ? this.model.find(id) : undefined;
        const account = given ?? (await this.pickAccount());
        if (account) {
            await work(account);
        }
    }

    private async pickAccount(): Promise<Account | undefined> {
        const items = this.model.accounts.map(account => ({
            label: account.name,
            description: account.settings.host,
            account
        }));
        const picked = await this.quickInput.showQuickPick(items, { placeholder: 'Which account?' });
        return picked?.account;
    }

    private async report(work: () => Promise<void>): Promise<void> {
        try {
            await work();
        } catch (error) {
            await this.messages.error(ConnectError.from(error).message);
        }
    }
}

/** A new account may do without its password: it is asked for when it is needed. */
function optionalSecret(option: AccountOption): AccountOption {
    return isSecret(option) ? { ...option, required: false } : option;
}
