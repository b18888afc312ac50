import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
import { ContextKeyService, ContextKeyServiceDummyImpl } from '@theia/core/lib/browser/context-key-service';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { IN_QUICK_INPUT, PaletteKeys } from './palette-keys';
disableJSDOM();

describe('keys of the palette', () => {
    let isInside: boolean | undefined;

    before(() => {
        disableJSDOM = enableJSDOM();
        const contextKeys = new ContextKeyServiceDummyImpl();
        Object.assign(contextKeys, {
            createKey: (key: string, initial: boolean) => {
                expect(key).to.equal(IN_QUICK_INPUT);
                isInside = initial;
                return { set: (value: boolean) => (isInside = value) };
            }
        });
        const container = new Container();
        container.bind(ContextKeyService).toConstantValue(contextKeys);
        container.bind(PaletteKeys).toSelf();
        container.get(PaletteKeys).onStart();
    });

    after(() => {
        document.body.replaceChildren();
        disableJSDOM();
    });

    const putInput = (parent: HTMLElement): HTMLElement =>
        parent.appendChild(document.createElement('input'));

    it('are those of a dialog in the turn in which it gets the focus', () => {
        const palette = document.body.appendChild(document.createElement('div'));
        palette.className = 'quick-input-widget';
        const [first, second] = [putInput(palette), putInput(palette)];
        const dialog = putInput(document.body);
        first.focus();
        // as monaco does
        isInside = true;
        second.focus();
        expect(isInside, 'within the palette').to.equal(true);
        dialog.focus();
        expect(isInside, 'in the dialog').to.equal(false);
    });
});
