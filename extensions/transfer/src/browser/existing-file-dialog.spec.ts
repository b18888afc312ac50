import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { DialogOverlayService } from '@theia/core/lib/browser/dialogs';
import { expect } from 'chai';
import type { Conflict } from '../common/transfer-protocol';
import { ExistingFileDialog, type ExistingFileProps } from './existing-file-dialog';
disableJSDOM();

const CONFLICT: Conflict = {
    source: { uri: 'file:///a/x', sizeBytes: 2000, modifiedMs: 2_000_000 },
    target: { uri: 'connect://demo/x', sizeBytes: 1000, modifiedMs: 1_000_000 }
};

describe('question about an existing file', () => {
    let dialog: ExistingFileDialog;
    let compared: Conflict[];
    before(() => {
        disableJSDOM = enableJSDOM();
        new DialogOverlayService().initialize();
    });
    after(() => disableJSDOM());
    beforeEach(() => {
        compared = [];
    });
    afterEach(() => dialog.dispose());

    const ask = (props: Partial<ExistingFileProps> = {}): Promise<unknown> => {
        dialog = new ExistingFileDialog({
            name: 'reel',
            path: 'reel/x',
            message: '1 kB there, 2 kB at the source',
            place: 2,
            count: 5,
            conflict: Promise.resolve(CONFLICT),
            compare: conflict => compared.push(conflict),
            ...props
        });
        const answer = dialog.open();
        return answer;
    };
    const button = (label: string): HTMLButtonElement =>
        [...dialog.node.querySelectorAll('button')].find(({ textContent }) => textContent === label)!;
    const rows = (): string[] =>
        [...dialog.node.querySelectorAll('tr')].map(row =>
            [...row.cells].map(cell => cell.textContent).join('|')
        );
    const settled = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

    it('shows what is known, then both sides and what sets them apart', async () => {
        void ask();
        expect(rows()).to.deep.equal(['1 kB there, 2 kB at the source']);
        await settled();
        expect(rows()).to.have.length(3);
        expect(rows()[1]).to.match(/^New, to be sent\|.*\|newer, larger$/);
        expect(rows()[2]).to.match(/^Existing, at the target\|.*\|$/);
        expect(dialog.node.textContent).to.contain('all 4 that are left');
    });

    it('decides by a button, for this file or for all that are left', async () => {
        const one = ask();
        button('Overwrite').click();
        expect(await one).to.deep.equal({ rule: 'overwrite', forAll: false });
        const all = ask();
        dialog.node.querySelector<HTMLInputElement>('input[type=checkbox]')!.checked = true;
        button('Skip').click();
        expect(await all).to.deep.equal({ rule: 'skip', forAll: true });
        const last = ask({ place: 5 });
        expect(dialog.node.querySelector('input[type=checkbox]')).to.equal(null);
        button('Rename').click();
        expect(await last).to.deep.equal({ rule: 'rename', forAll: false });
    });

    it('resumes what may be a beginning, for this file or for all, and nothing that is longer', async () => {
        const shorter = ask();
        await settled();
        dialog.node.querySelector<HTMLInputElement>('input[type=checkbox]')!.checked = true;
        button('Resume').click();
        expect(await shorter).to.deep.equal({ rule: 'resume', forAll: true });
        const target = { uri: 'connect://demo/x', sizeBytes: 2001, modifiedMs: 1_000_000 };
        void ask({ conflict: Promise.resolve({ ...CONFLICT, target }) });
        await settled();
        expect(button('Resume').disabled).to.equal(true);
    });

    it('offers the other rules in a list', async () => {
        const answer = ask();
        const select = dialog.node.querySelector('select')!;
        expect([...select.options].map(({ value }) => value)).to.deep.equal(['', 'if-newer', 'if-different']);
        expect(button('Apply Rule').disabled).to.equal(true);
        select.value = 'if-newer';
        select.dispatchEvent(new window.Event('change'));
        button('Apply Rule').click();
        expect(await answer).to.deep.equal({ rule: 'if-newer', forAll: false });
    });

    it('decides nothing when it is closed, and compares both sides only when it can', async () => {
        const closed = ask();
        expect(button('Compare…').disabled).to.equal(true);
        await settled();
        button('Compare…').click();
        expect(await closed).to.equal(undefined);
        await settled();
        expect(compared).to.deep.equal([CONFLICT]);
        const target = { uri: 'connect://demo/x', problem: 'No connection' };
        const offline = ask({ conflict: Promise.resolve({ ...CONFLICT, target }) });
        await settled();
        expect(rows()[2]).to.equal('Existing, at the target|No connection');
        expect(button('Compare…').disabled).to.equal(true);
        dialog.close();
        expect(await offline).to.equal(undefined);
    });
});
