/** A folder below /sys/class/power_supply: see sysfs-class-power of the documentation of Linux. */
export interface PowerSupply {
    /** `Mains`, `USB`, `Battery`, … */
    readonly type: string;
    /** `Device`: it powers something else than this computer, such as a mouse. */
    readonly scope?: string;
    /** Of what feeds: `1` while it does. */
    readonly online?: string;
    /** Of a battery: `Charging`, `Discharging`, `Full`, `Not charging`, `Unknown`. */
    readonly status?: string;
}

/**
 * Whether a computer with these supplies runs on battery. One that has no battery does not; where batteries do not say
 * what they do, and nothing else does, it is not known.
 */
export function runsOnBattery(supplies: readonly PowerSupply[]): boolean | undefined {
    const own = supplies.filter(({ scope }) => scope !== 'Device');
    const batteries = own.filter(({ type }) => type === 'Battery');
    const feeds = own.filter(({ type, online }) => type !== 'Battery' && online !== undefined);
    // 2: it feeds, with a voltage that it was programmed to
    if (batteries.length === 0 || feeds.some(({ online }) => online === '1' || online === '2')) {
        return false;
    }
    if (batteries.some(({ status }) => status === 'Discharging')) {
        return true;
    }
    const isFed = batteries.some(({ status }) => status === 'Charging' || status === 'Full');
    return isFed ? false : feeds.length > 0 ? true : undefined;
}

/** What `pmset -g batt` of macOS says first: `Now drawing from 'AC Power'`, or `'Battery Power'`. */
export function batteryOfPmset(output: string): boolean | undefined {
    const source = /drawing from '([^']+)'/.exec(output)?.[1];
    return source === 'Battery Power' ? true : source === 'AC Power' ? false : undefined;
}
