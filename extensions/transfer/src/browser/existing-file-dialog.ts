import { formatCount, formatSize } from '@connect/base';
import { checkBox, ConnectDialog, paragraph } from '@connect/security/lib/browser/connect-dialog';
import type { Message } from '@theia/core/lib/browser/widgets/widget';
import { ruleChoices, sideFacts } from '../common/job-view';
import type { Conflict, ConflictSide, FileRule } from '../common/transfer-protocol';

/** One file that the dialog asks about. */
export interface ExistingFileProps {
    /** Of the transfer. */
    readonly name: string;
    /** Below its target. */
    readonly path: string;
    /** What the transfer program said of the two sides. */
    readonly message: string;
    /** 1-based place among all files that exist and differ, and how many there are. */
    readonly place: number;
    readonly count: number;
    /** Looks at both sides. */
    readonly conflict: Promise<Conflict>;
    /** Shows both contents side by side; absent where that is not possible. */
    compare?(conflict: Conflict): void;
}

/** What the user decided. */
export interface ExistingFileChoice {
    readonly rule: FileRule;
    /** For all files of the transfer that are still open. */
    readonly forAll: boolean;
}

/** Rules that are buttons; the others are chosen from a list. */
const BUTTONS: readonly FileRule[] = ['overwrite', 'rename', 'resume', 'skip'];

/**
 * Asks what is to happen with a file that exists at the target and differs, with both sides in sight. Closing it
 * decides nothing: the transfer waits. Skip, which changes nothing, has the first focus; Enter is never a decision by
 * itself.
 */
export class ExistingFileDialog extends ConnectDialog<ExistingFileChoice> {
    private chosen: FileRule = 'skip';
    private readonly forAll: HTMLInputElement | undefined;
    private skip: HTMLButtonElement | undefined;
    private resumeButton: HTMLButtonElement | undefined;
    private compareButton: HTMLButtonElement | undefined;

    constructor(private readonly file: ExistingFileProps) {
        super({
            title: `File Exists (${formatCount(file.place)} of ${formatCount(file.count)})`,
            maxWidth: 680
        });
        this.addClass('connect-existing');
        const { path, message, count, place } = file;
        const sides = document.createElement('table');
        sides.className = 'connect-sides';
        this.contentNode.append(
            paragraph(path, 'connect-existing-path'),
            paragraph(
                `It is at the target of “${file.name}” already, and the two differ. What is to happen?`
            ),
            sides
        );
        this.drawSides(sides, undefined, message);
        file.conflict.then(
            conflict => this.drawSides(sides, conflict, message),
            (error: Error) => this.drawSides(sides, undefined, `${message}. ${error.message}`)
        );
        const open = count - place + 1;
        if (open > 1) {
            const { node, input } = checkBox(`Do this for all ${open} that are left in this transfer`);
            this.forAll = input;
            this.contentNode.append(node);
        }
        this.appendMore();
        this.appendButtons();
    }

    get value(): ExistingFileChoice {
        return { rule: this.chosen, forAll: this.forAll?.checked ?? false };
    }

    protected override handleEnter(event: KeyboardEvent): boolean {
        // a focused button is pressed by the browser; anywhere else nothing is decided
        return !(event.target instanceof HTMLButtonElement);
    }

    protected override onActivateRequest(message: Message): void {
        super.onActivateRequest(message);
        this.skip?.focus();
    }

    private drawSides(table: HTMLTableElement, conflict: Conflict | undefined, message: string): void {
        table.replaceChildren();
        if (!conflict) {
            const row = table.createTBody().insertRow();
            row.insertCell().textContent = message;
            return;
        }
        const head = table.createTHead().insertRow();
        for (const title of ['', 'Size', 'Modified', '']) {
            const cell = document.createElement('th');
            cell.scope = 'col';
            cell.textContent = title;
            head.append(cell);
        }
        const body = table.createTBody();
        this.drawSide(body, 'New, to be sent', conflict.source, conflict.target);
        this.drawSide(body, 'Existing, at the target', conflict.target, conflict.source);
        if (this.resumeButton) {
            // what is longer is no beginning
            const { source, target } = conflict;
            this.resumeButton.disabled = (target.sizeBytes ?? 0) > (source.sizeBytes ?? Infinity);
        }
        if (this.compareButton) {
            this.compareButton.disabled =
                conflict.source.problem !== undefined || conflict.target.problem !== undefined;
        }
    }

    private drawSide(
        body: HTMLTableSectionElement,
        title: string,
        side: ConflictSide,
        other: ConflictSide
    ): void {
        const row = body.insertRow();
        const head = document.createElement('th');
        head.scope = 'row';
        head.textContent = title;
        row.append(head);
        if (side.problem !== undefined) {
            const cell = row.insertCell();
            cell.colSpan = 3;
            cell.textContent = side.problem;
            return;
        }
        const size = row.insertCell();
        size.textContent = formatSize(side.sizeBytes ?? 0);
        size.title = `${formatCount(side.sizeBytes ?? 0)} bytes`;
        row.insertCell().textContent = new Date(side.modifiedMs ?? 0).toLocaleString();
        row.insertCell().textContent = sideFacts(side, other).join(', ');
    }

    private appendMore(): void {
        const label = document.createElement('label');
        label.textContent = 'More rules';
        const select = document.createElement('select');
        select.className = 'theia-select';
        select.id = `${this.contentNode.id}-rules`;
        label.htmlFor = select.id;
        select.append(new Option('Choose…', ''));
        for (const { rule, label: text, description } of ruleChoices(1)) {
            if (!BUTTONS.includes(rule)) {
                select.append(new Option(`${text}. ${description}`, rule));
            }
        }
        const apply = this.createButton('Apply Rule');
        apply.classList.add('secondary');
        apply.disabled = true;
        select.addEventListener('change', () => (apply.disabled = select.value === ''));
        apply.addEventListener('click', () => this.decide(select.value as FileRule));
        const row = document.createElement('div');
        row.className = 'connect-more-rules';
        row.append(label, select, apply);
        this.contentNode.append(row);
    }

    private appendButtons(): void {
        const { compare, conflict } = this.file;
        if (compare) {
            const button = this.appendButton('Compare…', false);
            button.disabled = true;
            button.title = 'Closes this question, which waits, and shows both contents side by side';
            button.addEventListener('click', () => {
                this.close();
                void conflict.then(sides => compare(sides));
            });
            this.compareButton = button;
        }
        for (const { rule, label, description } of ruleChoices(1)
            .filter(each => BUTTONS.includes(each.rule))
            .reverse()) {
            const button = this.appendButton(label, rule === 'skip');
            button.title = description;
            button.addEventListener('click', () => this.decide(rule));
            this.skip = rule === 'skip' ? button : this.skip;
            this.resumeButton = rule === 'resume' ? button : this.resumeButton;
        }
    }

    private decide(rule: FileRule): void {
        this.chosen = rule;
        void this.accept();
    }
}
