import 'reflect-metadata';
import { enableJSDOM } from '@theia/core/lib/browser/test/jsdom';
let disableJSDOM = enableJSDOM();
// jsdom has no DragEvent, and Theia's drag and drop extends it when it is loaded
(globalThis as unknown as { DragEvent: unknown }).DragEvent ??= class DragEvent {};
import { FrontendApplicationConfigProvider } from '@theia/core/lib/browser/frontend-application-config-provider';
FrontendApplicationConfigProvider.set({});
import { ContextMenuRenderer } from '@theia/core/lib/browser/context-menu-renderer';
import { StatusBar, type StatusBarEntry } from '@theia/core/lib/browser/status-bar/status-bar-types';
import { Emitter } from '@theia/core/lib/common/event';
import { Container } from '@theia/core/shared/inversify';
import { expect } from 'chai';
import type { PowerWait, QueueStatus } from '../common/transfer-protocol';
import { TransferClientModel } from './transfer-client-model';
import { TransferCommands } from './transfer-commands';
import { TransferStatus, TRANSFER_STATUS_MENU } from './transfer-status';
disableJSDOM();

describe('status of transfers', () => {
    const changes = new Emitter<void>();
    const nothing = { active: 0, queued: 0, attention: 0, rateBps: 0, sendBps: 0 };
    const model = {
        onDidChange: changes.event,
        summary: nothing,
        queue: { limits: { manual: {}, automatic: {} }, scheduled: false } as QueueStatus
    };
    let entries: Array<StatusBarEntry | undefined>;
    let menus: object[];
    let status: TransferStatus;
    let container: Container;

    beforeEach(() => {
        disableJSDOM = enableJSDOM();
        [entries, menus] = [[], []];
        container = new Container();
        container.bind(TransferClientModel).toConstantValue(model as unknown as TransferClientModel);
        container.bind(StatusBar).toConstantValue({
            setElement: async (_id: string, entry: StatusBarEntry) => void entries.push(entry),
            removeElement: async () => void entries.push(undefined)
        } as unknown as StatusBar);
        container
            .bind(ContextMenuRenderer)
            .toConstantValue({ render: (options: object) => menus.push(options) } as never);
        container.bind(TransferStatus).toSelf();
        status = container.get(TransferStatus);
        model.summary = nothing;
    });

    afterEach(() => {
        status.onStop();
        disableJSDOM();
    });

    it('is not there while there is nothing to say', () => {
        status.onStart();
        expect(entries).to.deep.equal([]);
    });

    it('says how many run and how fast, to eyes and ears, and leads to the list', () => {
        model.summary = { ...nothing, active: 2, rateBps: 3e6, sendBps: 1e6 };
        status.onStart();
        const [entry] = entries;
        expect(entry).to.include({
            text: '$(arrow-swap) 2 active · ↑1 Mbps ↓2 Mbps',
            command: TransferCommands.SHOW.id
        });
        expect(entry!.accessibilityInformation!.label).to.equal('Transfers: 2 active · ↑1 Mbps ↓2 Mbps');
    });

    it('says what waits because of the battery, with the sign of a pause when all does', () => {
        const queue: QueueStatus = model.queue;
        const waits = (which: PowerWait['which']): QueueStatus => ({
            ...queue,
            power: { onBattery: true, waits: [{ reason: 'battery', which }] }
        });
        model.queue = waits('automatic');
        status.onStart();
        expect(entries[0]!.text).to.equal('$(arrow-swap) automatic transfers wait: on battery power');
        status.onStop();
        model.queue = waits('all');
        status = container.get(TransferStatus);
        status.onStart();
        expect(entries[1]!.text).to.equal('$(debug-pause) transfers wait: on battery power');
        model.queue = queue;
    });

    it('has a menu, which others do not get', () => {
        status.onStart();
        document.body.innerHTML =
            '<div id="status-bar-connect-transfers-status"><span id="in"></span></div><p id="out"></p>';
        for (const id of ['in', 'out']) {
            const event = new window.MouseEvent('contextmenu', { bubbles: true, cancelable: true });
            document.getElementById(id)!.dispatchEvent(event);
        }
        expect(menus).to.have.length(1);
        expect(menus[0]).to.have.property('menuPath', TRANSFER_STATUS_MENU);
    });
});
