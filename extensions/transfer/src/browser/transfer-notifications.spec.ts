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
import type { Job } from '../common/transfer-protocol';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferNotifications } from './transfer-notifications';
disableJSDOM();

class Stage {
    readonly states = new Emitter<Job>();
    readonly changes = new Emitter<void>();
    readonly said: string[] = [];
    readonly executed: string[] = [];
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
            get summary() {
                return summary();
            }
        } as unknown as TransferClientModel);
        container.bind(TransferPreferences).toConstantValue({
            'connect.notifications.completed': true,
            'connect.notifications.failed': true,
            'connect.notifications.needsAnswer': false
        } as unknown as TransferPreferences);
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

    async reach(id: string, state: Job['state'], active: number): Promise<void> {
        this.summary = { active, queued: 0 };
        this.states.fire({ id, name: id, state } as Job);
        this.changes.fire();
        await new Promise(resolve => setImmediate(resolve));
    }
}

describe('notifications in a window', () => {
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
});
