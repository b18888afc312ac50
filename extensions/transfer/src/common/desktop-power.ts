import type { PowerAndLink } from './power-rules';

/** Where the backend of the desktop app finds the socket or named pipe of the main process. */
export const DESKTOP_POWER_VARIABLE = 'CONNECT_DESKTOP_POWER';

/** What the main process tells: JSON, and the end of the line. */
export function powerLine(onBattery: boolean): string {
    return `${JSON.stringify({ onBattery })}\n`;
}

/** @param line without its end; undefined for what is no such line */
export function readPowerLine(line: string): PowerAndLink | undefined {
    try {
        const value = JSON.parse(line) as { onBattery?: unknown } | undefined;
        const onBattery = value?.onBattery;
        return typeof onBattery === 'boolean' ? { onBattery } : undefined;
    } catch {
        // not of this protocol
        return undefined;
    }
}
