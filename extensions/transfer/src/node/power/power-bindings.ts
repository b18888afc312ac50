import { systemClock, type Clock } from '@connect/base';
import type { interfaces } from '@theia/core/shared/inversify';
import { DESKTOP_POWER_VARIABLE, DesktopPower } from './desktop-power';
import { batteryOfFiles, batteryOfMac } from './polled-battery';
import { firstKnown, PowerSource, UNKNOWN_POWER } from './power-source';
import { SystemBusPower } from './system-bus-power';

/** How the computer that this backend runs on is powered and connected. */
export function bindPower(bind: interfaces.Bind): void {
    bind(PowerSource)
        .toDynamicValue(() => firstKnown(sourcesOf(process.platform, process.env, systemClock)))
        .inSingletonScope();
}

/** The most reliable first, one or more. */
export function sourcesOf(
    platform: NodeJS.Platform,
    environment: NodeJS.ProcessEnv,
    clock: Clock
): PowerSource[] {
    const desktop = environment[DESKTOP_POWER_VARIABLE];
    return [
        ...(desktop ? [new DesktopPower(clock, desktop)] : []),
        ...(platform === 'linux'
            ? [new SystemBusPower(clock, environment.DBUS_SYSTEM_BUS_ADDRESS), batteryOfFiles(clock)]
            : platform === 'darwin'
              ? [batteryOfMac(clock)]
              : [UNKNOWN_POWER])
    ];
}
