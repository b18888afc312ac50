import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no drag events, and a library extends them when it is loaded
(globalThis as { DragEvent?: unknown }).DragEvent ??= class extends MouseEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { bindContributionProvider, CommandContribution } from '@theia/core/lib/common';
import { Widget, WidgetFactory } from '@theia/core/lib/browser';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import { Container } from '@theia/core/shared/inversify';
import { flushSync } from '@theia/core/shared/react-dom';
import { expect } from 'chai';
import packagesModule from './packages-frontend-module';
import { PACKAGES_VIEW_ID } from './packages-view';
disableJSDOM();

describe('Inbox view', () => {
    let container: Container;

    before(() => {
        disableJSDOM = enableJSDOM();
        container = new Container();
        bindContributionProvider(container, WidgetFactory);
        container.load(packagesModule);
    });

    after(() => disableJSDOM());

    it('has a tab, and says truly that there is nothing', async () => {
        const factory = container
            .getAll<WidgetFactory>(WidgetFactory)
            .find(each => each.id === PACKAGES_VIEW_ID);
        const widget = (await factory!.createWidget()) as Widget;
        expect(widget.title.label).to.equal('Inbox');
        flushSync(() => MessageLoop.sendMessage(widget, Widget.Msg.UpdateRequest));
        expect(widget.node.textContent).to.contain('No packages yet');
        expect(widget.node.querySelectorAll('button, a')).to.have.length(0);
        widget.dispose();
    });

    it('brings the command that shows it', () => {
        expect(container.isBound(CommandContribution)).to.equal(true);
    });
});
