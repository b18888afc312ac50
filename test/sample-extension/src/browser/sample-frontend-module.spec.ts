import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no drag events, and a library extends them when it is loaded
(globalThis as { DragEvent?: unknown }).DragEvent ??= class extends MouseEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import {
    isSettingRow,
    PreferencesTabContribution
} from '@connect/transfer/lib/browser/preferences/preferences-tab';
import { TransferClientModel } from '@connect/transfer/lib/browser/transfer-client-model';
import { WidgetFactory } from '@theia/core/lib/browser/widget-manager';
import { Widget } from '@theia/core/lib/browser/widgets/widget';
import { CommandContribution } from '@theia/core/lib/common/command';
import { Emitter } from '@theia/core/lib/common/event';
import { PreferenceContribution } from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import { Container } from '@theia/core/shared/inversify';
import { flushSync } from '@theia/core/shared/react-dom';
import { expect } from 'chai';
import frontendModule from './sample-frontend-module';
import { SampleView } from './sample-view';
disableJSDOM();

describe('frontend module of the sample', () => {
    const changes = new Emitter<void>();
    const model = { jobs: [] as object[], onDidChange: changes.event };
    const settings = new Emitter<object>();
    let showBytes = true;
    let container: Container;

    before(() => {
        disableJSDOM = enableJSDOM();
        container = new Container();
        container.bind(TransferClientModel).toConstantValue(model as unknown as TransferClientModel);
        container.bind(PreferenceService).toConstantValue({
            get: () => showBytes,
            onPreferencesChanged: settings.event
        } as unknown as PreferenceService);
        container.load(frontendModule);
    });

    after(() => disableJSDOM());

    it('brings the command that shows the view', () => {
        expect(container.isBound(CommandContribution)).to.equal(true);
    });

    it('brings a tab of preferences, whose settings it declares', () => {
        const { tabs } = container.get<PreferencesTabContribution>(PreferencesTabContribution);
        const rows = tabs.flatMap(({ sections }) => sections.flatMap(section => section.rows));
        const { schema } = container.get<PreferenceContribution>(PreferenceContribution);
        expect(rows.map(row => (isSettingRow(row) ? row.key : ''))).to.have.members(
            Object.keys(schema!.properties)
        );
    });

    it('sums up the transfers of its own engine as they change', async () => {
        const factory = container.get<WidgetFactory>(WidgetFactory);
        expect(factory.id).to.equal(SampleView.ID);
        const view = (await factory.createWidget()) as Widget;
        Widget.attach(view, document.body);
        const shown = async (): Promise<string | null> => {
            // messages to widgets are posted, and React draws after them
            for (let round = 0; round < 3; round++) {
                flushSync(() => MessageLoop.flush());
                await new Promise(resolve => setImmediate(resolve));
            }
            return view.node.textContent;
        };
        expect(await shown()).to.equal('Sample: 0 transfers, 0 B');
        model.jobs = [
            { engineId: 'sample-memory', bytesDone: 1_500 },
            { engineId: 'connect-cp', bytesDone: 7 },
            { engineId: 'sample-memory', bytesDone: 500 }
        ];
        changes.fire();
        expect(await shown()).to.equal('Sample: 2 transfers, 2 KB');
        showBytes = false;
        settings.fire({});
        expect(await shown()).to.equal('Sample: 2 transfers');
        view.dispose();
    });
});
