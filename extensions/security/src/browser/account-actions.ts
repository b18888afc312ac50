import { ConnectError } from '@connect/base';
import { inject, injectable } from '@theia/core/shared/inversify';
import { Account, AccountService, AccountTypeInfo } from '../common/account-protocol';
import { isSecret } from '../common/account-validation';
import { AccountFormDialog } from './account-form-dialog';
import { AccountModel } from './account-model';
import { ChangedHostKeyDialog, SeenHostKey, UnknownHostKeyDialog } from './host-key-dialogs';

/** Runs what needs an account, and asks the user for what it lacks: a password, or a decision about a host key. */
@injectable()
export class AccountActions {
    @inject(AccountService) protected readonly service: AccountService;
    @inject(AccountModel) protected readonly model: AccountModel;

    /** One question per account at a time; others who need the same wait for its outcome. */
    private readonly questions = new Map<string, Promise<boolean>>();
    /** How often a question about the account was answered: who failed before an answer tries again without asking. */
    private readonly answers = new Map<string, number>();

    /**
     * The result of `work`, which is run again after every answer of the user. Rejects with `cancelled` (its cause: the
     * failure) when the user declines to answer, and with the failure itself when no answer could help.
     */
    async withAccount<T>(accountId: string, work: () => Promise<T>): Promise<T> {
        for (;;) {
            const answersBefore = this.answers.get(accountId) ?? 0;
            try {
                return await work();
            } catch (thrown) {
                const error = ConnectError.from(thrown);
                if (!isQuestion(error)) {
                    throw thrown;
                }
                const answeredMeanwhile = (this.answers.get(accountId) ?? 0) > answersBefore;
                if (!answeredMeanwhile && !(await this.ask(accountId, error))) {
                    throw new ConnectError(
                        'cancelled',
                        'Not connected: the question was not answered.',
                        error.data,
                        error
                    );
                }
            }
        }
    }

    /**
     * Asks what `error` asks for; false when the user declines or when this is no failure that an answer could mend.
     * For those who run their work elsewhere, such as a transfer that waits.
     */
    async answer(accountId: string, error: ConnectError): Promise<boolean> {
        return isQuestion(error) && this.ask(accountId, error);
    }

    private ask(accountId: string, error: ConnectError): Promise<boolean> {
        let question = this.questions.get(accountId);
        if (!question) {
            question = this.put(accountId, error).finally(() => this.questions.delete(accountId));
            this.questions.set(accountId, question);
        }
        return question;
    }

    private async put(accountId: string, error: ConnectError): Promise<boolean> {
        const answered =
            error.code === 'transfer.host-key-unknown' || error.code === 'transfer.host-key-mismatch'
                ? await this.askForTrust(error)
                : await this.askForSecrets(accountId, error);
        if (answered) {
            this.answers.set(accountId, (this.answers.get(accountId) ?? 0) + 1);
        }
        return answered;
    }

    private async askForTrust(error: ConnectError): Promise<boolean> {
        const { host, port, fingerprint, trusted } = error.data;
        const key: SeenHostKey = {
            host: String(host),
            port: Number(port),
            fingerprint: String(fingerprint),
            trusted: trusted === undefined ? undefined : String(trusted)
        };
        const dialog =
            error.code === 'transfer.host-key-mismatch'
                ? new ChangedHostKeyDialog(key)
                : new UnknownHostKeyDialog(key);
        if (!(await dialog.open())) {
            return false;
        }
        await this.service.trustHostKey(key.host, key.port, key.fingerprint);
        return true;
    }

    private async askForSecrets(accountId: string, error: ConnectError): Promise<boolean> {
        const [types, keychain] = await Promise.all([this.service.types(), this.service.keychain()]);
        const account =
            this.model.find(accountId) ?? (await this.service.list()).find(({ id }) => id === accountId);
        const type = types.find(({ id }) => id === account?.typeId);
        if (!account || !type) {
            throw new ConnectError('security.account-unknown', 'This account was removed.', { accountId });
        }
        const refused = error.code === 'transfer.authentication-failed';
        const dialog = new AccountFormDialog({
            title: `Log in to “${account.name}”`,
            intro: describe(account),
            complaint: refused ? `The server refused the login: ${error.message}` : undefined,
            options: wantedSecrets(type, String(error.data.missing ?? '')),
            keychain,
            acceptLabel: 'Log In'
        });
        const answer = await dialog.open();
        if (!answer) {
            return false;
        }
        await this.service.provideSecrets(accountId, answer.values, answer.remember);
        return true;
    }
}

function isQuestion({ code }: ConnectError): boolean {
    return (
        code === 'security.credentials-required' ||
        code === 'transfer.authentication-failed' ||
        code === 'transfer.host-key-unknown' ||
        code === 'transfer.host-key-mismatch'
    );
}

function describe({ settings }: Account): string {
    const user = settings.user ? ` as ${settings.user}` : '';
    return settings.host
        ? `Connect logs in to ${settings.host}${user}.`
        : 'Enter the secret of this account.';
}

function wantedSecrets(type: AccountTypeInfo, missing: string): AccountTypeInfo['options'] {
    const secrets = type.options.filter(isSecret);
    const named = secrets.filter(({ key }) => missing.split(',').includes(key));
    const wanted = named.length > 0 ? named : secrets;
    // the only answer there is cannot be left out
    return wanted.length === 1 ? wanted.map(option => ({ ...option, required: true })) : wanted;
}
