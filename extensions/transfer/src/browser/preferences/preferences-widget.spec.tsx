import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { AccountModel } from '@connect/security/lib/browser/account-model';
import { AccountService } from '@connect/security/lib/common/account-protocol';
import { Widget } from '@theia/core/lib/browser/widgets/widget';
import { CommandService } from '@theia/core/lib/common/command';
import { bindRootContributionProvider } from '@theia/core/lib/common/contribution-provider';
import { Emitter, Event } from '@theia/core/lib/common/event';
import { PreferenceSchemaService } from '@theia/core/lib/common/preferences/preference-schema';
import { PreferenceScope } from '@theia/core/lib/common/preferences/preference-scope';
import { PreferenceService } from '@theia/core/lib/common/preferences/preference-service';
import { MessageLoop } from '@theia/core/shared/@lumino/messaging';
import { Container } from '@theia/core/shared/inversify';
import { flushSync } from '@theia/core/shared/react-dom';
import { FileDialogService } from '@theia/filesystem/lib/browser/file-dialog';
import { expect } from 'chai';
import { NetworkService, type ProxyReport } from '../../common/network-protocol';
import { transferPreferenceSchema } from '../../common/transfer-preferences';
import type { PowerStatus } from '../../common/transfer-protocol';
import { TransferClientModel } from '../transfer-client-model';
import { BuiltInTabs } from './built-in-tabs';
import { NetworkTab } from './network-tab';
import { PreferencesModel } from './preferences-model';
import { PreferencesRefresh } from './preferences-refresh';
import { PreferencesTabContribution, type PreferencesTab } from './preferences-tab';
import { PreferencesWidget } from './preferences-widget';
import { PowerTab } from './power-tab';
import { ScheduleTab } from './schedule-tab';
disableJSDOM();

const FOREIGN: PreferencesTab = {
    id: 'foreign',
    label: 'Foreign',
    rank: 450,
    sections: [
        { id: 'words', title: 'Words', rank: 1, rows: [{ id: 'word', render: () => 'a word of mine' }] },
        { id: 'unknown', title: 'Unknown', rank: 2, rows: [{ key: 'foreign.unknown', label: 'Nobody' }] }
    ]
};

/** The editor over settings in memory. */
class Editor {
    readonly values: Record<string, unknown> = {};
    readonly changed = new Emitter<object>();
    readonly asked: string[] = [];
    report: ProxyReport = { stages: [] };
    failure: Error | undefined;
    readonly transfers = new Emitter<void>();
    readonly queue: { power?: PowerStatus } = {};
    readonly widget: PreferencesWidget;

    constructor() {
        const properties = {
            ...transferPreferenceSchema.properties,
            'connect.transfers.newThing.perDay': { type: 'integer', default: 2, description: 'New.' }
        } as typeof transferPreferenceSchema.properties;
        const container = new Container();
        container.bind(PreferenceService).toConstantValue({
            onPreferencesChanged: this.changed.event,
            get: (key: string) => this.values[key] ?? properties[key]?.default,
            inspect: (key: string) => ({ globalValue: this.values[key] }),
            set: async (key: string, value: unknown, scope: PreferenceScope) => {
                if (this.failure) {
                    throw this.failure;
                }
                expect(scope).to.equal(PreferenceScope.User);
                this.values[key] = value;
                this.changed.fire({});
            }
        } as unknown as PreferenceService);
        container.bind(PreferenceSchemaService).toConstantValue({
            getSchemaProperty: (key: string) => properties[key],
            getSchemaProperties: () => new Map(Object.entries(properties))
        } as unknown as PreferenceSchemaService);
        container.bind(NetworkService).toConstantValue({
            proxy: async () => ({ isFromEnvironment: false, user: 'pia' }),
            setProxyLogin: async () => ({ remembered: true }),
            testProxy: async (kind, target) => {
                this.asked.push(`${kind} ${target}`);
                return this.report;
            }
        } satisfies NetworkService);
        container.bind(AccountModel).toConstantValue({
            accounts: [{ settings: { host: 'server.example', sshPort: '22' } }],
            onDidChange: Event.None
        } as unknown as AccountModel);
        container.bind(TransferClientModel).toConstantValue({
            onDidChange: this.transfers.event,
            queue: this.queue
        } as unknown as TransferClientModel);
        container.bind(AccountService).toConstantValue({} as AccountService);
        container.bind(CommandService).toConstantValue({} as CommandService);
        container.bind(FileDialogService).toConstantValue({} as FileDialogService);
        container.bind(PreferencesRefresh).toSelf().inSingletonScope();
        bindRootContributionProvider(container, PreferencesTabContribution);
        for (const tabs of [BuiltInTabs, NetworkTab, PowerTab, ScheduleTab]) {
            container.bind<PreferencesTabContribution>(PreferencesTabContribution).to(tabs);
        }
        container.bind(PreferencesTabContribution).toConstantValue({ tabs: [FOREIGN] });
        container.bind(PreferencesModel).toSelf().inSingletonScope();
        container.bind(PreferencesWidget).toSelf();
        this.widget = container.get(PreferencesWidget);
        Widget.attach(this.widget, document.body);
    }

    /** Messages to widgets are posted, React draws after them, and answers come later still. */
    async drawn(): Promise<void> {
        for (let round = 0; round < 6; round++) {
            flushSync(() => MessageLoop.flush());
            await new Promise(resolve => setImmediate(resolve));
        }
    }

    async show(tab: string): Promise<void> {
        this.widget.choose(tab);
        await this.drawn();
    }

    get node(): HTMLElement {
        return this.widget.node;
    }

    all(selector: string): HTMLElement[] {
        return [...this.node.querySelectorAll<HTMLElement>(selector)];
    }

    row(key: string): HTMLElement {
        return this.node.querySelector<HTMLElement>(`[data-setting="${key}"]`)!;
    }

    input(key: string): HTMLInputElement {
        return this.row(key).querySelector('input:not([type=checkbox])')!;
    }

    async type(input: HTMLInputElement, text: string, key?: string): Promise<void> {
        const set = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value')!.set!;
        set.call(input, text);
        input.dispatchEvent(new window.Event('input', { bubbles: true }));
        await this.drawn();
        if (key) {
            await this.press(input, key);
        }
    }

    async press(node: Element, key: string): Promise<void> {
        node.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }));
        await this.drawn();
    }

    async click(node: Element): Promise<void> {
        (node as HTMLElement).click();
        await this.drawn();
    }

    async choose(select: HTMLSelectElement, value: string): Promise<void> {
        const set = Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value')!.set!;
        set.call(select, value);
        select.dispatchEvent(new window.Event('change', { bubbles: true }));
        await this.drawn();
    }
}

describe('editor of preferences', () => {
    let editor: Editor;
    before(() => {
        disableJSDOM = enableJSDOM();
    });
    after(() => disableJSDOM());
    beforeEach(async () => {
        editor = new Editor();
        await editor.drawn();
    });
    afterEach(() => editor.widget.dispose());

    const tabs = (): string[] => editor.all('[role=tab]').map(tab => tab.textContent);
    const chosen = (): string => editor.all('[role=tab][aria-selected=true]')[0].textContent;

    it('has the tabs of all who contribute, in the order of their ranks', () => {
        expect(tabs()).to.deep.equal(['General', 'Transfers', 'Network', 'Foreign', 'Bandwidth']);
        expect(chosen()).to.equal('General');
    });

    it('shows rows of others, and leaves out settings that nobody declares', async () => {
        await editor.show('foreign');
        expect(editor.all('h2').map(title => title.textContent)).to.deep.equal(['Words']);
        expect(editor.node.textContent).to.contain('a word of mine');
    });

    it('adds sections of several contributions to one tab', async () => {
        await editor.show('bandwidth');
        expect(editor.all('h2').map(title => title.textContent)).to.deep.equal([
            'Each transfer',
            'Manual transfers',
            'Automatic transfers',
            'Battery and metered connections',
            'Schedule'
        ]);
    });

    it('leaves no setting out: what no tab mentions is on the one of its group', async () => {
        const shown: string[] = [];
        for (const tab of ['general', 'transfers', 'network', 'bandwidth']) {
            await editor.show(tab);
            shown.push(...editor.all('[data-setting]').map(row => row.dataset.setting!));
            const other = editor.all('h2').filter(title => title.textContent === 'Other');
            expect(other, tab).to.have.length(tab === 'transfers' ? 1 : 0);
        }
        const all = Object.keys(transferPreferenceSchema.properties);
        expect(shown).to.include.members(all.filter(key => key !== 'connect.bandwidth.schedule'));
        await editor.show('transfers');
        const added = editor.row('connect.transfers.newThing.perDay');
        expect(added.querySelector('label')?.textContent).to.equal('New thing per day');
    });

    it('goes from tab to tab by the keys of tabs, and one of them takes the focus', async () => {
        for (const [key, expected] of [
            ['ArrowRight', 'Transfers'],
            ['ArrowLeft', 'General'],
            ['ArrowLeft', 'Bandwidth'],
            ['ArrowRight', 'General'],
            ['End', 'Bandwidth'],
            ['Home', 'General']
        ] as const) {
            await editor.press(editor.node.querySelector('[role=tablist]')!, key);
            expect(chosen(), key).to.equal(expected);
        }
        expect(editor.all('[role=tab][tabindex="0"]')).to.have.length(1);
        const panel = editor.all('[role=tabpanel]')[0];
        expect(document.getElementById(panel.getAttribute('aria-labelledby')!)?.textContent).to.equal(
            'General'
        );
    });

    it('comes back with the tab that was open', async () => {
        await editor.show('network');
        const kept = editor.widget.storeState();
        await editor.show('general');
        editor.widget.restoreState(kept);
        await editor.drawn();
        expect(chosen()).to.equal('Network');
    });

    it('gives every field a name and its description', async () => {
        for (const tab of ['general', 'transfers', 'network', 'bandwidth']) {
            await editor.show(tab);
            for (const row of editor.all('[data-setting]')) {
                const field = row.querySelector<HTMLInputElement>(
                    'input:not([type=checkbox]), select, input'
                )!;
                expect(field.labels?.[0]?.textContent ?? field.getAttribute('aria-label')).to.not.equal('');
                for (const id of field.getAttribute('aria-describedby')!.split(' ')) {
                    expect(document.getElementById(id)?.textContent, id).to.not.equal('');
                }
            }
        }
    });

    it('keeps a number when Enter is pressed, says so, and resets it', async () => {
        const key = 'connect.transfers.retry.attempts';
        await editor.show('transfers');
        await editor.type(editor.input(key), '5');
        expect(editor.values).to.deep.equal({});
        await editor.press(editor.input(key), 'Enter');
        expect(editor.values).to.deep.equal({ [key]: 5 });
        expect(editor.node.querySelector('[role=status]')?.textContent).to.equal('Attempts: 5');
        const reset = editor.row(key).querySelector('[aria-label="Reset Attempts to 3"]')!;
        await editor.click(reset);
        expect(editor.values[key]).to.equal(undefined);
        expect(editor.input(key).value).to.equal('3');
        expect(document.activeElement).to.equal(editor.input(key));
    });

    it('says what is wrong while it is typed, keeps nothing of it, and forgets it on Escape', async () => {
        const key = 'connect.transfers.retry.attempts';
        await editor.show('transfers');
        await editor.type(editor.input(key), '0', 'Enter');
        const alert = editor.row(key).querySelector('[role=alert]')!;
        expect(alert.textContent).to.contain('Not less than 1.');
        expect(editor.input(key).getAttribute('aria-invalid')).to.equal('true');
        expect(editor.input(key).getAttribute('aria-describedby')).to.contain(alert.id);
        expect(editor.values).to.deep.equal({});
        await editor.press(editor.input(key), 'Escape');
        expect(editor.input(key).value).to.equal('3');
        expect(editor.row(key).querySelector('[role=alert]')).to.equal(null);
    });

    it('says when a value could not be written', async () => {
        const key = 'connect.transfers.queue.max';
        await editor.show('transfers');
        editor.failure = new Error('the disk is full');
        await editor.type(editor.input(key), '4', 'Enter');
        expect(editor.row(key).querySelector('[role=alert]')?.textContent).to.contain('the disk is full');
    });

    it('tells of values that a file holds and that mean nothing', async () => {
        editor.values['connect.transfers.queue.max'] = 'many';
        await editor.show('transfers');
        expect(editor.row('connect.transfers.queue.max').textContent).to.contain('is not used');
    });

    it('shows a time in the unit that reads best, and changes its unit', async () => {
        const key = 'connect.transfers.retry.interval';
        editor.values[key] = 120;
        await editor.show('transfers');
        const unit = editor.row(key).querySelector('select')!;
        expect(editor.input(key).value).to.equal('2');
        expect(unit.value).to.equal('minutes');
        await editor.choose(unit, 'hours');
        expect(editor.values[key]).to.equal(7200);
        await editor.type(editor.input(key), '48', 'Enter');
        expect(editor.row(key).querySelector('[role=alert]')?.textContent).to.contain('24 hours');
    });

    it('says why a row has no effect, as long as it has none', async () => {
        const key = 'connect.transfers.multiSession.sessions';
        await editor.show('transfers');
        expect(editor.input(key).disabled).to.equal(true);
        expect(editor.row(key).textContent).to.contain('Several sessions are off.');
        await editor.click(editor.row('connect.transfers.multiSession.enabled').querySelector('input')!);
        expect(editor.input(key).disabled).to.equal(false);
    });

    it('limits a rate by check box and field, and takes the limit off again', async () => {
        const key = 'connect.bandwidth.manual.uploadLimit';
        await editor.show('bandwidth');
        const box = (): HTMLInputElement => editor.row(key).querySelector('[type=checkbox]')!;
        expect(editor.input(key).disabled).to.equal(true);
        await editor.click(box());
        expect(document.activeElement).to.equal(editor.input(key));
        expect(editor.values).to.deep.equal({});
        await editor.choose(editor.row(key).querySelector('select')!, 'Kbps');
        await editor.type(editor.input(key), '500', 'Enter');
        expect(editor.values).to.deep.equal({ [key]: 0.5 });
        await editor.click(box());
        expect(editor.values).to.deep.equal({ [key]: 0 });
        expect(box().checked).to.equal(false);
    });

    it('keeps a schedule only when every line of it makes sense, and draws the week', async () => {
        const key = 'connect.bandwidth.schedule';
        await editor.show('bandwidth');
        const button = (name: string): HTMLElement =>
            editor
                .all('button')
                .find(each => (each.getAttribute('aria-label') ?? each.textContent) === name)!;
        const field = (name: string): HTMLInputElement =>
            editor.node.querySelector<HTMLInputElement>(`[aria-label="${name}"]`)!;
        const days = ['mon', 'tue', 'wed', 'thu', 'fri'];
        await editor.click(button('Add Hours'));
        expect(editor.values[key]).to.deep.equal([{ days, from: '08:00', to: '18:00' }]);
        await editor.type(field('Up, line 1'), '20', 'Enter');
        const line = { days, from: '08:00', to: '18:00', upload: 20 };
        expect(editor.values[key]).to.deep.equal([line]);
        await editor.type(field('To, line 1'), '25:00', 'Enter');
        expect(editor.node.textContent).to.contain('not kept yet. Line 1: A time from 00:00 to 24:00.');
        expect(editor.values[key]).to.deep.equal([line]);
        await editor.click(button('Revert'));
        expect(field('To, line 1').value).to.equal('18:00');
        await editor.click(button('Add Hours'));
        await editor.click(button('Move line 2 up'));
        expect(editor.values[key]).to.deep.equal([{ days, from: '08:00', to: '18:00' }, line]);
        expect(editor.node.querySelector('svg')?.getAttribute('aria-label')).to.contain(
            'line 2, Mon–Fri 08:00–18:00: uploads 20 Mbps'
        );
        expect(editor.all('svg .rule')).to.have.length(5);
        await editor.click(button('Remove line 1'));
        await editor.click(button('Remove line 1'));
        expect(editor.values[key]).to.equal(undefined);
        expect(editor.node.querySelector('svg')).to.equal(null);
    });

    it('tests a proxy with a server of an account, and says what failed and what helps', async () => {
        await editor.show('network');
        editor.report = {
            stages: [
                { name: 'Connection', isOk: true, text: 'to proxy:3128' },
                { name: 'Proxy', isOk: false, text: 'wants another login (407)' }
            ],
            remedy: 'Check the password.'
        };
        const buttons = editor.all('button').filter(each => each.textContent === 'Test Proxy');
        await editor.click(buttons[0]);
        const report = editor.all('.connect-preferences-report')[0];
        expect(report.textContent)
            .to.contain('Proxy: fails wants another login')
            .and.contain('Check the password.');
        await editor.click(buttons[1]);
        expect(editor.asked).to.deep.equal(['http server.example:8443', 'fasp server.example:22']);
        editor.values['connect.network.httpProxy.mode'] = 'none';
        editor.changed.fire({});
        await editor.drawn();
        expect(report.textContent, 'of another proxy').to.equal('');
    });

    it('says how the computer stands beside the rules for battery and connection, as that changes', async () => {
        await editor.show('bandwidth');
        const about = (name: string): string =>
            editor.all(`[data-setting="connect.bandwidth.${name}"] .connect-preferences-about`)[0]
                .textContent;
        expect(about('onBattery'), 'not looked at yet').to.match(/^What transfers do/);
        editor.queue.power = { onBattery: false, waits: [] };
        editor.transfers.fire();
        await editor.drawn();
        expect(about('onBattery')).to.contain('It is not on battery power now.');
        expect(about('onMetered')).to.contain('cannot be told here');
        editor.queue.power = { onBattery: true, metered: true, waits: [] };
        editor.transfers.fire();
        await editor.drawn();
        expect(about('onBattery')).to.contain('It is on battery power now.');
        expect(about('onMetered')).to.contain('Its connection is metered now.');
    });

    it('says who logs in at a proxy', async () => {
        await editor.show('network');
        expect(editor.node.textContent).to.contain('Logs in as pia.');
    });
});
