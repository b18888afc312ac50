import { ConnectError } from '@connect/base';

/** By the D-Bus specification, "Well-known Message Bus Instances", where the environment says nothing else. */
const USUAL_ADDRESS = 'unix:path=/var/run/dbus/system_bus_socket';
/** Nothing that is asked for here has more; a longer message ends the connection. */
const MAX_MESSAGE_BYTES = 1024 * 1024;
const ANSWER_MS = 3_000;
/** Flag of a call: a service that does not run is not started for it. D-Bus specification, "Message Format". */
const NO_AUTO_START = 0x2;
const PROPERTIES = 'org.freedesktop.DBus.Properties';
const BUS = 'org.freedesktop.DBus';

/** A property of an object of a service. */
export interface BusProperty {
    readonly service: string;
    readonly path: string;
    readonly interfaceName: string;
    readonly name: string;
}

/** A connection to the system bus of D-Bus. */
export interface SystemBus {
    /**
     * Reads the property now and whenever it may have changed: its object says so, or its service comes or goes.
     * @param listener told `undefined` while the service does not run or does not answer
     * Rejects when the bus does not let one listen.
     */
    follow(property: BusProperty, listener: (value: unknown) => void): Promise<void>;
    close(): void;
}

/**
 * Connects to the bus that `address` names, with the rights of this user.
 * @param address as `DBUS_SYSTEM_BUS_ADDRESS` has it; undefined for the usual one
 * @param onClosed called once, when the connection has failed or ended, also when it never came about; not after `close`
 * Rejects when the address makes no sense.
 */
export async function openSystemBus(address: string | undefined, onClosed: () => void): Promise<SystemBus> {
    // loaded now: of no use on systems without D-Bus
    const { createClient } = await import('dbus-native');
    const bus = createClient({
        busAddress: address === undefined || address === '' ? USUAL_ADDRESS : address,
        authMethods: ['EXTERNAL'],
        maxMessageSize: MAX_MESSAGE_BYTES,
        timeout: ANSWER_MS
    });
    let isClosed = false;
    const closed = (): void => {
        if (!isClosed) {
            isClosed = true;
            bus.connection.stream.destroy();
            onClosed();
        }
    };
    bus.connection.on('error', closed);
    bus.connection.on('end', closed);
    bus.connection.on('close', closed);

    const read = async ({ service, path, interfaceName, name }: BusProperty): Promise<unknown> => {
        try {
            return await bus.invoke({
                ...{ destination: service, path, interface: PROPERTIES, member: 'Get' },
                ...{ signature: 'ss', body: [interfaceName, name], flags: NO_AUTO_START }
            });
        } catch {
            // it does not run, has no such property, or does not answer: then nothing is known
            return undefined;
        }
    };
    return {
        follow: async (property, listener) => {
            const { service, path, interfaceName } = property;
            // what a signal says is not taken for granted, but asked for: others may send one of that form
            const ask = async (): Promise<void> => {
                const value = await read(property);
                if (!isClosed) {
                    listener(value);
                }
            };
            bus.signals.on(bus.mangle(path, PROPERTIES, 'PropertiesChanged'), (body: unknown) => {
                if (Array.isArray(body) && body[0] === interfaceName) {
                    void ask();
                }
            });
            bus.signals.on(bus.mangle('/org/freedesktop/DBus', BUS, 'NameOwnerChanged'), (body: unknown) => {
                if (Array.isArray(body) && body[0] === service) {
                    void ask();
                }
            });
            try {
                await bus.addMatch(
                    `type='signal',sender='${service}',path='${path}',interface='${PROPERTIES}',member='PropertiesChanged'`
                );
                await bus.addMatch(
                    `type='signal',sender='${BUS}',interface='${BUS}',member='NameOwnerChanged',arg0='${service}'`
                );
            } catch (error) {
                throw new ConnectError('not-supported', (error as Error).message, {}, error);
            }
            await ask();
        },
        close: () => {
            isClosed = true;
            bus.connection.end();
        }
    };
}
