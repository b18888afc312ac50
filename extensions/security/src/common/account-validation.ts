import { AccountOption, AccountSettings } from '@connect/api';
import { ConnectError } from '@connect/base';

const NAME_LIMIT = 100;
const HOST = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?|\[?[0-9a-fA-F:]+(?:%[A-Za-z0-9]+)?\]?)$/;
const CONTROL = /[\u0000-\u001f\u007f]/;

/** Whether values of this kind belong into the keychain and never into settings. */
export function isSecret(option: AccountOption): boolean {
    return option.kind === 'secret' || option.kind === 'multiline-secret';
}

/**
 * A name that is fit to be shown: trimmed, not empty, not taken.
 * @throws ConnectError `security.account-invalid`
 */
export function validName(name: string, taken: readonly string[]): string {
    const trimmed = name.trim();
    if (trimmed === '' || trimmed.length > NAME_LIMIT || CONTROL.test(trimmed)) {
        throw invalid('name', `The account needs a name of 1 to ${NAME_LIMIT} characters on one line.`);
    }
    if (taken.includes(trimmed)) {
        throw invalid('name', `There is an account called “${trimmed}” already.`);
    }
    return trimmed;
}

/**
 * `settings` in the form that is stored: trimmed, defaults filled in, empty optional values left out.
 * @throws ConnectError `security.account-invalid` with the option's `key`, also for a key that no option has and for a
 * secret among the settings.
 */
export function validSettings(options: readonly AccountOption[], settings: AccountSettings): AccountSettings {
    const plain = options.filter(option => !isSecret(option));
    const stray = Object.keys(settings).find(key => !plain.some(option => option.key === key));
    if (stray !== undefined) {
        throw invalid(stray, `“${stray}” is no setting of this kind of account.`);
    }
    const result: Record<string, string> = {};
    for (const option of plain) {
        const value = (settings[option.key] ?? '').trim() || (option.default ?? '');
        const complaint = value === '' ? missing(option) : complaintAbout(option, value);
        if (complaint) {
            throw invalid(option.key, complaint);
        }
        if (value !== '') {
            result[option.key] = value;
        }
    }
    return result;
}

/** What is wrong with one value of a form, in a sentence; undefined when it is fine or may stay empty. */
export function complaintAbout(option: AccountOption, value: string): string | undefined {
    const text = value.trim();
    if (text === '') {
        return missing(option);
    }
    switch (option.kind) {
        case 'host':
            return HOST.test(text)
                ? undefined
                : `${option.label}: enter a host name or an IP address, without port or path.`;
        case 'port':
            return /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65535
                ? undefined
                : `${option.label}: enter a number from 1 to 65535.`;
        case 'choice':
            return option.choices?.some(choice => choice.value === text)
                ? undefined
                : `${option.label}: choose one of the values.`;
        case 'text':
            return CONTROL.test(text) ? `${option.label}: must stay on one line.` : undefined;
        default:
            return undefined;
    }
}

/** Keys of the secrets without which this kind of account cannot connect. */
export function missingSecrets(
    options: readonly AccountOption[],
    known: Readonly<Record<string, string>>
): string[] {
    return options
        .filter(option => isSecret(option) && option.required && !known[option.key])
        .map(option => option.key);
}

function missing(option: AccountOption): string | undefined {
    return option.required && option.default === undefined ? `${option.label} must not be empty.` : undefined;
}

function invalid(key: string, message: string): ConnectError {
    return new ConnectError('security.account-invalid', message, { key });
}
