import type { Clock, Disposable } from '@connect/base';
import { execFile } from 'node:child_process';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { PowerAndLink } from '../../common/power-rules';
import { batteryOfPmset, runsOnBattery, type PowerSupply } from '../../common/power-supplies';
import type { PowerSource } from './power-source';

const SUPPLIES = '/sys/class/power_supply';
/** Neither files of the kernel nor `pmset` tell of changes by themselves. */
export const POLL_MS = 15_000;
const ANSWER_MS = 5_000;

/** Asks again and again whether the computer runs on battery. */
class PolledBattery implements PowerSource {
    /** @param read undefined where it cannot be told; rejects likewise */
    constructor(
        private readonly clock: Clock,
        private readonly read: () => Promise<boolean | undefined>
    ) {}

    watch(listener: (facts: PowerAndLink) => void): Disposable {
        let timer: Disposable | undefined;
        let isOver = false;
        let told: string | undefined;
        const look = async (): Promise<void> => {
            const onBattery = await this.read().catch(() => undefined);
            if (isOver) {
                return;
            }
            if (told !== String(onBattery)) {
                told = String(onBattery);
                listener(onBattery === undefined ? {} : { onBattery });
            }
            timer = this.clock.setTimeout(() => void look(), POLL_MS);
        };
        void look();
        return {
            dispose: () => {
                isOver = true;
                timer?.dispose();
            }
        };
    }
}

/** Of the files that Linux has for it. @param folder another than that of the kernel */
export function batteryOfFiles(clock: Clock, folder = SUPPLIES): PowerSource {
    return new PolledBattery(clock, async () => {
        const names = await fs.promises.readdir(folder);
        return runsOnBattery(await Promise.all(names.map(name => supply(join(folder, name)))));
    });
}

/** Of the program of macOS that tells. */
export function batteryOfMac(clock: Clock): PowerSource {
    return new PolledBattery(clock, async () => {
        const { stdout } = await promisify(execFile)('/usr/bin/pmset', ['-g', 'batt'], {
            timeout: ANSWER_MS
        });
        return batteryOfPmset(stdout);
    });
}

async function supply(folder: string): Promise<PowerSupply> {
    const value = async (name: string): Promise<string | undefined> => {
        try {
            return (await fs.promises.readFile(join(folder, name), 'utf8')).trim();
        } catch {
            // not every supply has every file, and one may be pulled at this moment
            return undefined;
        }
    };
    const [type = '', scope, online, status] = await Promise.all(
        ['type', 'scope', 'online', 'status'].map(value)
    );
    return { type, scope, online, status };
}
