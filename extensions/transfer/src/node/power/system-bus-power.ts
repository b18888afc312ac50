import type { Clock, Disposable } from '@connect/base';
import type { PowerAndLink } from '../../common/power-rules';
import type { PowerSource } from './power-source';
import { openSystemBus, type BusProperty, type SystemBus } from './system-bus';

/** A bus that is not there, or has ended, is looked for this often. */
export const RETRY_MS = 60_000;

const ON_BATTERY: BusProperty = {
    service: 'org.freedesktop.UPower',
    path: '/org/freedesktop/UPower',
    interfaceName: 'org.freedesktop.UPower',
    name: 'OnBattery'
};

const METERED: BusProperty = {
    service: 'org.freedesktop.NetworkManager',
    path: '/org/freedesktop/NetworkManager',
    interfaceName: 'org.freedesktop.NetworkManager',
    name: 'Metered'
};

/** Of UPower and NetworkManager on the system bus of D-Bus; neither is started for it. */
export class SystemBusPower implements PowerSource {
    /** @param address of the bus, as `DBUS_SYSTEM_BUS_ADDRESS` has it; undefined for the usual one */
    constructor(
        private readonly clock: Clock,
        private readonly address: string | undefined
    ) {}

    watch(listener: (facts: PowerAndLink) => void): Disposable {
        const connection = new BusWatch(this.clock, this.address, listener);
        connection.open();
        return connection;
    }
}

/** One watch, over all connections that it takes. */
class BusWatch implements Disposable {
    private bus: SystemBus | undefined;
    private timer: Disposable | undefined;
    private disposed = false;
    private told = '';

    constructor(
        private readonly clock: Clock,
        private readonly address: string | undefined,
        private readonly listener: (facts: PowerAndLink) => void
    ) {}

    open(): void {
        let isLost = false;
        // a connection that fails is told by its end, and by what was asked for over it: once is enough
        const lost = (): void => {
            if (!isLost) {
                isLost = true;
                this.lost();
            }
        };
        void this.connect(lost).catch(lost);
    }

    dispose(): void {
        this.disposed = true;
        this.timer?.dispose();
        this.bus?.close();
    }

    private async connect(lost: () => void): Promise<void> {
        const bus = await openSystemBus(this.address, lost);
        if (this.disposed) {
            bus.close();
            return;
        }
        this.bus = bus;
        const values = new Map<BusProperty, unknown>();
        const properties = [ON_BATTERY, METERED];
        const heard = (property: BusProperty, value: unknown): void => {
            values.set(property, value);
            if (values.size === properties.length) {
                this.tell({
                    ...present('onBattery', booleanOf(values.get(ON_BATTERY))),
                    ...present('metered', meteredOf(values.get(METERED)))
                });
            }
        };
        await Promise.all(properties.map(each => bus.follow(each, value => heard(each, value))));
    }

    /** From now on nothing is known; it is tried again. */
    private lost(): void {
        if (this.disposed) {
            return;
        }
        this.bus?.close();
        this.bus = undefined;
        this.tell({});
        this.timer?.dispose();
        this.timer = this.clock.setTimeout(() => this.open(), RETRY_MS);
    }

    private tell(facts: PowerAndLink): void {
        const text = JSON.stringify(facts);
        if (!this.disposed && text !== this.told) {
            this.told = text;
            this.listener(facts);
        }
    }
}

/** NMMetered of the API of NetworkManager: 1 yes, 2 no, 3 and 4 the same as a guess, 0 unknown. */
export function meteredOf(value: unknown): boolean | undefined {
    return value === 1 || value === 3 ? true : value === 2 || value === 4 ? false : undefined;
}

function booleanOf(value: unknown): boolean | undefined {
    return typeof value === 'boolean' ? value : undefined;
}

function present(name: keyof PowerAndLink, value: boolean | undefined): PowerAndLink {
    return value === undefined ? {} : { [name]: value };
}
