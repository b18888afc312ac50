import { DialogError, DialogMode } from '@theia/core/lib/browser/dialogs';
import { Message } from '@theia/core/lib/browser/widgets/widget';
import { checkBox, ConnectDialog, paragraph } from './connect-dialog';

/** A server's key as it was shown to us. */
export interface SeenHostKey {
    readonly host: string;
    readonly port: number;
    /** `SHA256:…` */
    readonly fingerprint: string;
    /** Fingerprint trusted before, for a key that changed. */
    readonly trusted?: string;
}

/** The Enter key and the first focus never trust anything by themselves: the button has to be meant. */
abstract class HostKeyDialog extends ConnectDialog<boolean> {
    protected override handleEnter(): boolean {
        return false;
    }

    protected override onActivateRequest(message: Message): void {
        super.onActivateRequest(message);
        this.closeButton?.focus();
    }
}

/** Asks about a server that was never seen before. True when the user trusts it. */
export class UnknownHostKeyDialog extends HostKeyDialog {
    readonly value = true;

    constructor(key: SeenHostKey) {
        super({ title: 'Connect to a Server for the First Time?' });
        this.contentNode.append(
            paragraph(
                `${key.host} (port ${key.port}) was never connected to before, so nobody can tell yet whether it is the ` +
                    'server it claims to be. Compare this fingerprint with the one its administrator gave you.'
            ),
            fingerprint('Fingerprint of its key', key.fingerprint)
        );
        this.appendCloseButton();
        this.appendAcceptButton('Trust This Server');
    }
}

/** Warns about a server whose key is not the one that was trusted. True when the user insists and has checked. */
export class ChangedHostKeyDialog extends HostKeyDialog {
    private readonly checked: HTMLInputElement;

    constructor(key: SeenHostKey) {
        super({ title: 'Warning: The Key of This Server Has Changed' });
        this.addClass('connect-danger');
        this.node.setAttribute('role', 'alertdialog');
        this.contentNode.append(
            paragraph(
                `${key.host} (port ${key.port}) does not show the key that you trusted. Somebody may be posing as this ` +
                    'server to read your password and your files. It may also have been set up anew.',
                'connect-warning'
            ),
            ...(key.trusted ? [fingerprint('Key you trusted', key.trusted)] : []),
            fingerprint('Key it shows now', key.fingerprint),
            paragraph('Do not go on unless the administrator has confirmed the new key.')
        );
        const { node, input } = checkBox('The administrator has confirmed the new key to me');
        this.checked = input;
        input.addEventListener('change', () => this.update());
        this.contentNode.append(node);
        this.appendCloseButton('Do Not Connect');
        this.appendAcceptButton('Replace the Trusted Key');
    }

    get value(): boolean {
        return this.checked.checked;
    }

    protected override isValid(value: boolean, _mode: DialogMode): DialogError {
        return value;
    }
}

function fingerprint(label: string, value: string): HTMLElement {
    const node = document.createElement('p');
    node.className = 'connect-fingerprint';
    const code = document.createElement('code');
    code.textContent = value;
    node.append(document.createTextNode(`${label}:`), document.createElement('br'), code);
    return node;
}
