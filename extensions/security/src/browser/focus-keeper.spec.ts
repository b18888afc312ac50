import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
import { CommandRegistry, type CommandEvent } from '@theia/core/lib/common/command';
import { Emitter } from '@theia/core/lib/common/event';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { FocusKeeper } from './focus-keeper';
disableJSDOM();

describe('keeper of the focus', () => {
    let executed: Emitter<CommandEvent>;
    let list: HTMLElement;
    let editor: HTMLElement;

    before(() => {
        disableJSDOM = enableJSDOM();
        // jsdom draws nothing: what is hidden says so by an attribute
        HTMLElement.prototype.checkVisibility = function () {
            return this.closest('[hidden]') === null;
        };
        executed = new Emitter();
        const container = new Container();
        container
            .bind(CommandRegistry)
            .toConstantValue({ onDidExecuteCommand: executed.event } as unknown as CommandRegistry);
        container.bind(FocusKeeper).toSelf();
        container.get(FocusKeeper).onStart();
    });

    after(() => {
        executed.dispose();
        disableJSDOM();
    });

    const put = (className: string): HTMLElement => {
        const node = document.createElement('div');
        node.className = className;
        node.tabIndex = 0;
        return document.body.appendChild(node);
    };
    /** Everything that was put off has been done. */
    const settle = (): Promise<unknown> => new Promise(done => window.setTimeout(done, 0));
    const runCommand = (): Promise<unknown> => {
        executed.fire({ commandId: 'any', args: [] });
        return settle();
    };

    beforeEach(() => {
        document.body.replaceChildren();
        editor = put('editor');
        list = put('list');
        editor.focus();
        list.focus();
    });

    it('brings it back when a dialog is gone that was opened from the palette', async () => {
        const palette = put('quick-input-widget');
        palette.focus();
        const dialog = put('dialogOverlay');
        palette.hidden = true;
        dialog.focus();
        dialog.remove();
        await settle();
        expect(document.activeElement).to.equal(list);
    });

    it('leaves it alone while a dialog is open', async () => {
        const dialog = put('dialogOverlay');
        dialog.focus();
        dialog.blur();
        await settle();
        expect(document.activeElement).to.equal(document.body);
    });

    it('goes to where it was before when a command hides or closes the place', async () => {
        list.hidden = true;
        list.blur();
        await runCommand();
        expect(document.activeElement).to.equal(editor);
        list.hidden = false;
        list.focus();
        list.remove();
        await runCommand();
        expect(document.activeElement).to.equal(editor);
    });

    it('does not take it back from whoever clicked beside everything', async () => {
        list.blur();
        await runCommand();
        expect(document.activeElement).to.equal(document.body);
    });

    it('does not take it away from where a command has put it', async () => {
        const palette = put('quick-input-widget');
        palette.focus();
        palette.hidden = true;
        editor.focus();
        await runCommand();
        expect(document.activeElement).to.equal(editor);
    });
});
