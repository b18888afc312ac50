import { AbstractDialog, DialogProps } from '@theia/core/lib/browser/dialogs';

let count = 0;

/** A modal of Connect: a Theia dialog that tells assistive technology what it is and what it is about. */
export abstract class ConnectDialog<T> extends AbstractDialog<T> {
    constructor(props: DialogProps) {
        super({ maxWidth: 560, ...props });
        const key = `connect-dialog-${++count}`;
        this.titleNode.id = `${key}-title`;
        this.contentNode.id = `${key}-content`;
        this.node.setAttribute('role', 'dialog');
        this.node.setAttribute('aria-modal', 'true');
        this.node.setAttribute('aria-labelledby', this.titleNode.id);
        this.node.setAttribute('aria-describedby', this.contentNode.id);
        this.errorMessageNode.setAttribute('role', 'alert');
        this.closeCrossNode.setAttribute('role', 'button');
        this.closeCrossNode.setAttribute('aria-label', 'Close');
        this.addClass('connect-dialog');
    }
}

/** A paragraph with plain text; never HTML, since texts hold names that came from elsewhere. */
export function paragraph(text: string, className?: string): HTMLParagraphElement {
    const node = document.createElement('p');
    node.textContent = text;
    if (className) {
        node.className = className;
    }
    return node;
}

/** A check box with its label, never ticked beforehand. */
export function checkBox(label: string): {
    readonly node: HTMLLabelElement;
    readonly input: HTMLInputElement;
} {
    const node = document.createElement('label');
    node.className = 'connect-check';
    const input = document.createElement('input');
    input.type = 'checkbox';
    input.className = 'theia-input';
    node.append(input, document.createTextNode(label));
    return { node, input };
}
