import { AccountOption } from '@connect/api';
import { DialogError, DialogMode, DialogProps } from '@theia/core/lib/browser/dialogs';
import { Message } from '@theia/core/lib/browser/widgets/widget';
import { KeychainState } from '../common/account-protocol';
import { complaintAbout } from '../common/account-validation';
import { checkBox, ConnectDialog, paragraph } from './connect-dialog';

type Field = HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement;

export interface AccountFormProps extends DialogProps {
    /** Why the form is shown. */
    readonly intro?: string;
    /** What went wrong with what was entered before. */
    readonly complaint?: string;
    readonly options: readonly AccountOption[];
    readonly values?: Readonly<Record<string, string>>;
    /** Offers to remember what is secret; left out when nothing in the form is. */
    readonly keychain?: KeychainState;
    readonly acceptLabel: string;
}

export interface AccountFormValue {
    /** By option key, as typed. */
    readonly values: Readonly<Record<string, string>>;
    readonly remember: boolean;
}

/** A form drawn from account options. Secrets are asked for without showing them and are never filled in beforehand. */
export class AccountFormDialog extends ConnectDialog<AccountFormValue> {
    private readonly fields = new Map<AccountOption, Field>();
    private readonly remember?: HTMLInputElement;

    constructor(private readonly form: AccountFormProps) {
        super(form);
        if (form.complaint) {
            const complaint = paragraph(form.complaint, 'connect-complaint');
            complaint.setAttribute('role', 'alert');
            this.contentNode.append(complaint);
        }
        if (form.intro) {
            this.contentNode.append(paragraph(form.intro));
        }
        form.options.forEach((option, index) => this.addField(option, `${this.contentNode.id}-${index}`));
        if (form.keychain) {
            this.remember = this.addRemember(form.keychain);
        }
        this.appendCloseButton();
        this.appendAcceptButton(form.acceptLabel);
    }

    get value(): AccountFormValue {
        const values = [...this.fields].map(([option, field]) => [option.key, field.value] as const);
        return { values: Object.fromEntries(values), remember: this.remember?.checked ?? false };
    }

    /** Complains only when the form is sent: nobody is told off while typing. */
    protected override isValid(value: AccountFormValue, mode: DialogMode): DialogError {
        if (mode === 'preview') {
            return '';
        }
        for (const [option, field] of this.fields) {
            const complaint = complaintAbout(option, value.values[option.key]);
            field.setAttribute('aria-invalid', String(complaint !== undefined));
            if (complaint !== undefined) {
                field.focus();
                return complaint;
            }
        }
        return '';
    }

    protected override onActivateRequest(message: Message): void {
        super.onActivateRequest(message);
        const first =
            [...this.fields.values()].find(field => field.value === '') ?? [...this.fields.values()][0];
        first?.focus();
    }

    private addField(option: AccountOption, id: string): void {
        const label = document.createElement('label');
        label.htmlFor = id;
        label.textContent = option.required ? option.label : `${option.label} (optional)`;
        const field = createField(option, this.form.values?.[option.key] ?? option.default ?? '');
        field.id = id;
        field.required = option.required;
        field.addEventListener('input', () => this.update());
        this.contentNode.append(label, field);
        if (option.help) {
            const help = paragraph(option.help, 'connect-help');
            help.id = `${id}-help`;
            field.setAttribute('aria-describedby', help.id);
            this.contentNode.append(help);
        }
        this.fields.set(option, field);
    }

    private addRemember({ available, reason }: KeychainState): HTMLInputElement {
        const { node, input } = checkBox('Remember in the keychain of this system');
        input.disabled = !available;
        this.contentNode.append(node);
        if (!available) {
            const help = paragraph(
                `Nothing will be saved, so it is asked for again after a restart. ${reason ?? ''}`.trim(),
                'connect-help'
            );
            help.id = `${this.contentNode.id}-keychain`;
            input.setAttribute('aria-describedby', help.id);
            this.contentNode.append(help);
        }
        return input;
    }
}

function createField(option: AccountOption, value: string): Field {
    if (option.kind === 'choice') {
        const select = document.createElement('select');
        select.className = 'theia-select';
        for (const choice of option.choices ?? []) {
            select.add(new Option(choice.label, choice.value, false, choice.value === value));
        }
        return select;
    }
    if (option.kind === 'multiline-secret') {
        const area = document.createElement('textarea');
        area.className = 'theia-input';
        area.rows = 3;
        area.spellcheck = false;
        area.autocomplete = 'off';
        return area;
    }
    const input = document.createElement('input');
    input.className = 'theia-input';
    input.spellcheck = false;
    if (option.kind === 'secret') {
        input.type = 'password';
        input.autocomplete = 'off';
        return input;
    }
    input.type = 'text';
    input.inputMode = option.kind === 'port' ? 'numeric' : 'text';
    input.value = value;
    return input;
}
