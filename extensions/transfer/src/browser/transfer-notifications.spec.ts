import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
const disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { WidgetManager } from '@theia/core/lib/browser/widget-manager';
import { CommandService } from '@theia/core/lib/common/command';
import { Emitter } from '@theia/core/lib/common/event';
import { MessageService } from '@theia/core/lib/common/message-service';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import { TransferPreferences } from '../common/transfer-preferences';
import { NO_ROWS } from '../common/row-selection';
import type { Job } from '../common/transfer-protocol';
import { DesktopNotifier, type DesktopRefusal } from './desktop-notifier';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferSelection } from './transfer-selection';
import { TransferNotifications } from './transfer-notifications';
disableJSDOM();

class Stage {
    readonly states = new Emitter<Job>();
    readonly changes = new Emitter<void>();
    readonly said: string[] = [];
    readonly executed: string[] = [];
    readonly preferences: Record<string, unknown> = {
        'connect.notifications.completed': true,
        'connect.notifications.failed': true,
        'connect.notifications.needsAnswer': false,
        'connect.notifications.desktop': false
    };
    readonly settings = new Emitter<{ preferenceName: string }>();
    readonly shown: Array<{ text: string; click(): void }> = [];
    readonly selection = { rows: NO_ROWS };
    refusal: DesktopRefusal | undefined;
    asked = 0;
    hasFocus = true;
    jobs: Job[] = [];
    summary = { active: 0, queued: 0 };
    inSight = false;
    answer: string | undefined;

    constructor() {
        const container = new Container();
        const summary = (): object => this.summary;
        container.bind(TransferClientModel).toConstantValue({
            onDidChangeJobState: this.states.event,
            onDidChange: this.changes.event,
            queue: {},
            jobs: this.jobs,
            get summary() {
                return summary();
            }
        } as unknown as TransferClientModel);
        Object.assign(this.preferences, { onPreferenceChanged: this.settings.event });
        container
            .bind(TransferPreferences)
            .toConstantValue(this.preferences as unknown as TransferPreferences);
        container.bind(TransferSelection).toConstantValue(this.selection as unknown as TransferSelection);
        container.bind(DesktopNotifier).toConstantValue(this.desktop());
        (globalThis as unknown as { document: object }).document = { hasFocus: () => this.hasFocus };
        const say = async (text: string): Promise<string | undefined> => {
            this.said.push(text);
            return this.answer;
        };
        container.bind(MessageService).toConstantValue({ info: say, warn: say } as unknown as MessageService);
        container.bind(CommandService).toConstantValue({
            executeCommand: async (id: string) => this.executed.push(id)
        } as unknown as CommandService);
        container.bind(WidgetManager).toConstantValue({
            tryGetWidget: () => ({ isVisible: this.inSight })
        } as unknown as WidgetManager);
        container.bind(TransferNotifications).toSelf();
        container.get(TransferNotifications).onStart();
    }

    desktop(): DesktopNotifier {
        const refusal = (): DesktopRefusal | undefined => this.refusal;
        return {
            get refusal() {
                return refusal();
            },
            ask: async () => {
                this.asked += 1;
                return this.refusal;
            },
            show: (text: string, click: () => void) => {
                this.shown.push({ text, click });
                return true;
            }
        } as unknown as DesktopNotifier;
    }

    async set(value: boolean): Promise<void> {
        this.preferences['connect.notifications.desktop'] = value;
        this.settings.fire({ preferenceName: 'connect.notifications.desktop' });
        await new Promise(resolve => setImmediate(resolve));
    }

    async reach(id: string, state: Job['state'], active: number): Promise<void> {
        this.summary = { active, queued: 0 };
        const job = { id, name: id, state } as Job;
        this.jobs.push(job);
        this.states.fire(job);
        this.changes.fire();
        await new Promise(resolve => setImmediate(resolve));
    }
}

describe('notifications in a window', () => {
    afterEach(() => delete (globalThis as { document?: object }).document);

    it('tell once when all has come to rest, and lead to the list', async () => {
        const stage = new Stage();
        stage.answer = 'Show Transfers';
        await stage.reach('a', 'completed', 2);
        await stage.reach('c', 'needs-user', 1);
        await stage.reach('b', 'failed', 0);
        expect(stage.said).to.deep.equal(['a completed; b failed.']);
        expect(stage.executed).to.deep.equal([TransferCommands.SHOW.id]);
    });

    it('say nothing while the list is in sight, nor afterwards of what was seen', async () => {
        const stage = new Stage();
        stage.inSight = true;
        await stage.reach('a', 'completed', 0);
        stage.inSight = false;
        stage.changes.fire();
        await stage.reach('b', 'completed', 0);
        expect(stage.said).to.deep.equal(['b completed.']);
        expect(stage.executed).to.deep.equal([]);
    });

    it('go to the system while another window has the focus, and lead back to the transfer', async () => {
        const stage = new Stage();
        await stage.set(true);
        stage.inSight = true;
        stage.hasFocus = false;
        await stage.reach('a', 'completed', 1);
        await stage.reach('b', 'failed', 0);
        expect(stage.said).to.deep.equal([]);
        expect(stage.shown.map(({ text }) => text)).to.deep.equal(['a completed; b failed.']);
        stage.shown[0].click();
        await new Promise(resolve => setImmediate(resolve));
        expect(stage.executed).to.deep.equal([TransferCommands.SHOW.id]);
        expect([...stage.selection.rows.selected]).to.deep.equal(['b']);
    });

    for (const [refusal, isOn] of [
        ['denied', true],
        ['unsupported', true],
        [undefined, false]
    ] as const) {
        it(`stay in the window where the system is ${isOn ? refusal : 'not wanted'}`, async () => {
            const stage = new Stage();
            Object.assign(stage, { refusal, hasFocus: false });
            stage.preferences['connect.notifications.desktop'] = isOn;
            await stage.reach('a', 'completed', 0);
            expect(stage.said).to.deep.equal(['a completed.']);
            expect(stage.shown).to.deep.equal([]);
        });
    }

    it('ask for permission only where somebody switches them on, and say when it is not given', async () => {
        const stage = new Stage();
        expect(stage.asked).to.equal(0);
        stage.hasFocus = false;
        await stage.set(true);
        expect(stage.asked, 'in another window').to.equal(0);
        stage.hasFocus = true;
        stage.refusal = 'denied';
        await stage.set(false);
        await stage.set(true);
        expect(stage.asked).to.equal(1);
        expect(stage.said[0]).to.contain('does not allow');
    });
});
