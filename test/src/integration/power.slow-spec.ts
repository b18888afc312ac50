import { systemClock, type Disposable } from '@connect/base';
import { VirtualClock } from '@connect/base/lib/testing/virtual-clock';
import type { PowerAndLink } from '@connect/transfer/lib/common/power-rules';
import { PowerReporter } from '@connect/transfer/lib/electron-main/power-reporter';
import { DesktopPower, RECONNECT_MS } from '@connect/transfer/lib/node/power/desktop-power';
import { batteryOfFiles, POLL_MS } from '@connect/transfer/lib/node/power/polled-battery';
import { firstKnown, type PowerSource } from '@connect/transfer/lib/node/power/power-source';
import { RETRY_MS, SystemBusPower } from '@connect/transfer/lib/node/power/system-bus-power';
import { expect } from 'chai';
import { EventEmitter } from 'node:events';
import * as fs from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PrivateSystemBus, systemBusUnavailable } from '../support/system-bus';

/** Hears a source. */
class Ear {
    readonly heard: PowerAndLink[] = [];
    private readonly watch: Disposable;
    private wake: () => void = () => undefined;

    constructor(source: PowerSource) {
        this.watch = source.watch(facts => {
            this.heard.push(facts);
            this.wake();
        });
    }

    /** Resolves once the last that was heard is this. */
    async until(facts: PowerAndLink): Promise<void> {
        const wanted = JSON.stringify(facts);
        while (JSON.stringify(this.heard.at(-1)) !== wanted) {
            await new Promise<void>(heard => {
                this.wake = heard;
            });
        }
    }

    dispose(): void {
        this.watch.dispose();
    }
}

const unavailable = systemBusUnavailable();

describe(`power and link by the system bus${unavailable === undefined ? '' : ` (${unavailable})`}`, function () {
    this.timeout(60_000);
    let bus: PrivateSystemBus;
    let ear: Ear | undefined;

    before(async function () {
        if (unavailable !== undefined) {
            return this.skip();
        }
        bus = await PrivateSystemBus.start();
    });
    afterEach(() => ear?.dispose());
    after(() => bus?.dispose());

    it('are not known while nothing on the bus tells, and from the moment on that something does', async () => {
        ear = new Ear(new SystemBusPower(systemClock, bus.address));
        await ear.until({});
        await bus.startService('upower');
        await ear.until({ onBattery: false });
        await bus.startService('networkmanager');
        await bus.setMetered(2);
        await ear.until({ onBattery: false, metered: false });
        await bus.stopService('networkmanager');
        await ear.until({ onBattery: false });
        await bus.startService('networkmanager');
    });

    it('follow UPower and NetworkManager', async () => {
        await bus.setOnBattery(true);
        await bus.setMetered(1);
        ear = new Ear(new SystemBusPower(systemClock, bus.address));
        await ear.until({ onBattery: true, metered: true });
        for (const [metered, expected] of [
            [4, false],
            [3, true],
            [2, false]
        ] as const) {
            await bus.setMetered(metered);
            await ear.until({ onBattery: true, metered: expected });
        }
        await bus.setMetered(0);
        await ear.until({ onBattery: true });
        await bus.setOnBattery(false);
        await ear.until({ onBattery: false });
    });

    it('are not known where there is no bus, which is looked for again', async () => {
        const clock = new VirtualClock();
        const place = join(tmpdir(), `connect-no-bus-${process.pid}`);
        ear = new Ear(new SystemBusPower(clock, `unix:path=${place}`));
        await ear.until({});
        fs.symlinkSync(bus.address.replace('unix:path=', ''), place);
        try {
            clock.advance(RETRY_MS);
            await ear.until({ onBattery: false });
        } finally {
            fs.rmSync(place);
        }
    });

    it('are not known for an address that makes no sense', async () => {
        ear = new Ear(new SystemBusPower(systemClock, 'nonsense'));
        await ear.until({});
    });

    it('are not known any more once the bus has gone', async () => {
        ear = new Ear(new SystemBusPower(systemClock, bus.address));
        await ear.until({ onBattery: false });
        await bus.kill();
        await ear.until({});
    });
});

describe('power by other ways', function () {
    this.timeout(30_000);
    const folder = fs.mkdtempSync(join(tmpdir(), 'connect-power-'));
    let ear: Ear | undefined;
    afterEach(() => ear?.dispose());
    after(() => fs.rmSync(folder, { recursive: true }));

    const supply = (name: string, values: Record<string, string>): void => {
        fs.mkdirSync(join(folder, name), { recursive: true });
        Object.entries(values).forEach(([file, value]) =>
            fs.writeFileSync(join(folder, name, file), `${value}\n`)
        );
    };

    it('is read from the files of the kernel, again and again', async () => {
        supply('AC', { type: 'Mains', online: '0' });
        supply('BAT0', { type: 'Battery', status: 'Discharging' });
        supply('mouse', { type: 'Battery', status: 'Discharging', scope: 'Device' });
        const clock = new VirtualClock();
        ear = new Ear(batteryOfFiles(clock, folder));
        await ear.until({ onBattery: true });
        supply('AC', { online: '1' });
        // its timer is set a moment after it was heard
        while (!ear.heard.some(({ onBattery }) => onBattery === false)) {
            clock.advance(POLL_MS);
            await new Promise(next => setImmediate(next));
        }
        expect(ear.heard).to.deep.equal([{ onBattery: true }, { onBattery: false }]);
    });

    it('is not known where the kernel has no such folder', async () => {
        ear = new Ear(batteryOfFiles(systemClock, join(folder, 'nowhere')));
        await ear.until({});
    });

    it('is told by the main process of the desktop app, which goes and comes', async () => {
        const path = join(folder, 'desktop.sock');
        const clock = new VirtualClock();
        ear = new Ear(new DesktopPower(clock, path));
        await ear.until({});
        const monitor = Object.assign(new EventEmitter(), { onBatteryPower: false });
        let reporter = new PowerReporter(monitor);
        await reporter.listen(path);
        clock.advance(RECONNECT_MS);
        await ear.until({ onBattery: false });
        monitor.emit('on-battery');
        await ear.until({ onBattery: true });
        reporter.close();
        await ear.until({});
        reporter = new PowerReporter({ onBatteryPower: true, on: () => undefined });
        await reporter.listen(path);
        clock.advance(RECONNECT_MS);
        await ear.until({ onBattery: true });
        reporter.close();
    });

    it('is told by the first source that knows, once all have said something', async () => {
        let tellFirst: (facts: PowerAndLink) => void = () => undefined;
        const first: PowerSource = {
            watch: listener => {
                tellFirst = listener;
                return { dispose: () => undefined };
            }
        };
        const second: PowerSource = {
            watch: listener => {
                queueMicrotask(() => listener({ onBattery: true, metered: false }));
                return { dispose: () => undefined };
            }
        };
        ear = new Ear(firstKnown([first, second]));
        await new Promise(next => setImmediate(next));
        expect(ear.heard).to.deep.equal([]);
        tellFirst({});
        expect(ear.heard).to.deep.equal([{ onBattery: true, metered: false }]);
        tellFirst({ onBattery: false });
        expect(ear.heard.at(-1)).to.deep.equal({ onBattery: false, metered: false });
        tellFirst({ onBattery: false });
        expect(ear.heard).to.have.lengthOf(2);
    });
});
